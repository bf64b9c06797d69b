// One request's view of a shared store: what it found there is what it decides on, and is told with what it writes.

import { whole } from './read-body.js';
import type { Records } from './engine.js';
import type { Change, Lead, SharedStore, Snapshot } from './shared-store.js';
import type { Store } from '../host/store.js';

/** How often a request decides anew because somebody else has written meanwhile. */
const MOST_CONFLICTS = 20;

export class Session implements Store {
  readonly #found = new Map<string, Snapshot>();
  /** The version of what was there before the origin server was asked. */
  since: unknown;
  /** Whose turn it was to ask. */
  lead: Lead | undefined;
  /** Settles when something is about to be stored: what the request invalidates is gone by then. */
  readonly storing: Promise<void>;
  /** Something is about to be stored. */
  stores!: () => void;
  #hasAsked = false;
  #conflicts = 0;
  #kept: { key: string; body: NonNullable<Change['body']> } | undefined;

  constructor(
    readonly store: SharedStore,
    readonly records: Records,
  ) {
    this.since = store.now?.();
    this.storing = new Promise((resolve) => (this.stores = resolve));
  }

  /** The origin server is asked: what is found from now on tells nothing of the moment before. */
  asks(): void {
    this.#hasAsked = true;
  }

  /** What the store knows the moment by in which it was looked. */
  get moment(): string {
    return this.store.momentOf?.(this.since) ?? String(this.since);
  }

  /** What was found under a key. */
  found(key: string): Snapshot | undefined {
    return this.#found.get(key);
  }

  async read(key: string): Promise<string> {
    const found = await this.store.read(key);
    if (!this.#hasAsked) this.since ??= found.version;
    this.#found.set(key, found);
    return found.record;
  }

  async body(key: string, slot: string): Promise<Response | undefined> {
    return (this.#found.get(key) ?? (await this.store.read(key))).body(slot);
  }

  async keep(key: string, slot: string, response: Response): Promise<void> {
    // Where it has to be written again, its bytes have been read.
    const before = this.#kept?.body;
    this.#kept = {
      key,
      body: { slot, response, bytes: before?.response === response ? before.bytes : reader(response) },
    };
  }

  async write(key: string, record: string, freed: string[]): Promise<boolean> {
    const from = this.#found.get(key) ?? (await this.store.read(key));
    const body = this.#kept?.key === key ? this.#kept.body : undefined;
    const { lead, since } = this;
    const change = { ...this.records.facts(record), from, since, lead, record, body, freed };
    const outcome = await this.store.write(key, change);
    if (outcome === 'conflict' && ++this.#conflicts === MOST_CONFLICTS)
      throw new Error(`others write to ${key} all the time`);
    if (outcome !== 'conflict') this.#kept = undefined;
    return outcome !== 'conflict';
  }

  /** Carries out what the request itself invalidates: that is not what keeps its own answer from being stored. */
  invalidates(work: () => Promise<void>): Promise<void> {
    const isCurrent = this.since !== undefined && this.since === this.store.now?.();
    const done = work();
    if (isCurrent) this.since = this.store.now?.();
    return done;
  }

  use(key: string): void {
    this.store.use?.(key);
  }

  async keys(): Promise<string[]> {
    return []; // Whole origins and groups are the store's own to forget.
  }
}

/** Reads a body once, for as many as want its bytes. */
function reader(response: Response): (limit: number) => Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Promise<Uint8Array<ArrayBuffer>> | undefined;
  return (limit) => (bytes ??= whole(response, limit));
}
