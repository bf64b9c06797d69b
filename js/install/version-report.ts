// What workers say of versions, and pages hear.

/** What a page is told (`watchVersions`). */
export interface VersionReport {
  /** Names the version: by the digest of its list. */
  version: string;
  /**
   * `installing`: its files are fetched. `ready`: all that it needs is there. `active`: it is in charge. `failed`: it was
   * not installed, and what was stored waits for the next try. `filling`: what was left for later is fetched. `complete`:
   * nothing is left. `rolled-back`: it was not well, and the version before shows its pages. `broken`: a page asked for
   * an asset that is neither stored nor at the server any more.
   */
  state: 'installing' | 'ready' | 'active' | 'failed' | 'filling' | 'complete' | 'rolled-back' | 'broken';
  /** Files and bytes (as they are, not as they are sent) that are there, of those that there are. */
  files: { done: number; total: number };
  bytes: { done: number; total: number };
  /** Why, in words, where something failed. */
  reason?: string;
}
