// What a store is to a cache whose responses others read and write, too: other caches, processes, machines.

/** What is there under a key, at one moment. */
export interface Snapshot {
  /** Text that the engine reads and writes; empty if there is nothing. */
  record: string;
  /** What the store knows the moment by. */
  version: unknown;
  /** The body in a slot, as it was at that moment; nothing if it is gone. */
  body(slot: string): Promise<Response | undefined>;
}

/** What is to be written under a key. */
export interface Change {
  /** What it was decided on: if something else is there by now, it has to be decided again. */
  from: Snapshot;
  /** The version of what was there before the origin server was asked; nothing if nobody looked. */
  since: unknown;
  /** The record; empty if nothing is left. */
  record: string;
  /** A body that comes to what is there, and its slot. */
  body: { slot: string; response: Response; bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> } | undefined;
  /** Slots whose bodies are not spoken of any more. */
  freed: string[];
  /** Whose turn it was to ask, if it was taken in turns. */
  lead: Lead | undefined;
  /** For how many seconds it is of use. */
  seconds: number;
  /** The groups that it belongs to (RFC 9875), which are their origin's. */
  groups: string[];
}

/**
 * What comes of a change: `written`; `conflict` if something else is there by now; `refused` if what was asked for has been
 * invalidated since.
 */
export type Outcome = 'written' | 'conflict' | 'refused';

/** What is not to be served any more, although it may be fresh. */
export interface Invalidation {
  /** Keys, which are URLs. */
  keys?: string[];
  /** The origin that `groups` belong to. Without groups, all of it. */
  origin?: string;
  /** Names of groups (RFC 9875). */
  groups?: string[];
}

/** Asks the origin server for all who want the same. */
export interface Lead {
  /** The answer has begun. Its body may take as long as it likes, and whoever waits for it not. */
  begins?(): void;
  /** When what came is stored, or nothing did. */
  end(): Promise<void>;
}

/** A store that others read and write, too. */
export interface SharedStore {
  /** Whether what was written is seen by all who read after `write` has settled. */
  readonly isShared: true;
  /** The version of this moment, where it is known without asking anybody. */
  now?(): unknown;
  /** Whether what was asked for at a version, and is not stored yet, has been invalidated; where that is known at once. */
  isClosed?(key: string, record: string, since: unknown): boolean;
  /** What is the same for versions between which nothing was invalidated. */
  momentOf?(version: unknown): string;
  read(key: string): Promise<Snapshot>;
  /** Notes that what is kept was used. */
  use?(key: string): void;
  write(key: string, change: Change): Promise<Outcome>;
  /** Settles when no reader of this cache is given any of it, and nothing can be written that was asked for before. */
  invalidate(what: Invalidation): Promise<void>;
  /**
   * Waits until nobody else asks for a key.
   *
   * @param seen what was there.
   * @param patience for how long others are waited for, and wait for this one, in milliseconds.
   * @returns the lead, or nothing if something else is there by now.
   */
  lead?(key: string, seen: Snapshot | undefined, patience: number): Promise<Lead | undefined>;
  /** Gives back what it holds on to: connections, timers. */
  close?(): Promise<void>;
}

/** The origin of a key. */
export function originOf(key: string): string {
  const [scheme, rest = ''] = key.split('://', 2) as [string, string?];
  return `${scheme}://${rest.split(/[/?#]/, 1)[0]}`;
}

/** A group's name as it stands in fields (RFC 9651, section 3.3.3), which is how the engine knows it. */
export function escaped(name: string): string {
  return name.replace(/["\\]/g, '\\$&');
}
