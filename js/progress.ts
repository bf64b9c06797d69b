// What pages are told of a version: how far it is, and what became of it.

import type { File } from './file.js';

declare const self: ServiceWorkerGlobalScope;

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

/** Milliseconds between two reports of how far it is. */
const PACE = 100;

export class Progress {
  readonly #report: VersionReport;
  #told = 0;

  constructor(version: string, files: readonly File[] = []) {
    const sum = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const [all, size] = [
      { done: files.length, total: files.length },
      { done: sum, total: sum },
    ];
    this.#report = { version, state: 'installing', files: all, bytes: size };
  }

  /** These are not there yet. */
  lacks(files: readonly File[]): void {
    const { bytes, files: all } = this.#report;
    all.done = all.total - files.length;
    bytes.done = bytes.total - files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** One of them is there. */
  has(file: File): void {
    this.#report.files.done++;
    this.#report.bytes.done += file.bytes;
    if (Date.now() - this.#told >= PACE) void this.tell();
  }

  /** Tells every page of the scope, whoever is in charge there. */
  async tell(state = this.#report.state, reason?: string): Promise<void> {
    this.#told = Date.now();
    this.#report.state = state;
    await tellPages({ ...this.#report, ...(reason !== undefined && { reason }) });
  }
}

/** Tells every page of the scope. That nobody hears it is no fault of what is told. */
export async function tellPages(report: VersionReport): Promise<void> {
  try {
    const pages = await self.clients.matchAll({ includeUncontrolled: true, type: 'window' });
    for (const page of pages) page.postMessage({ type: 'keepfresh:version', news: report });
  } catch {
    // A worker that nobody can be found by still installs.
  }
}
