// What pages have had forgotten lately: a response that was under way meanwhile is from before, and is not stored.

import type { CacheStore } from './cache-storage.js';
import type { Host } from './host.js';
import { TAGS } from './parts.js';

/** What is to be forgotten. */
export interface Forget {
  /** Absolute URLs, whatever their queries; one with a `*` at its end stands for all that begin so. */
  urls: string[];
  /** Tags of routes. */
  tags: string[];
}

/** How many are remembered. What is more than that at the same time is taken to be all. */
const LIMIT = 100;

export class Forgets {
  #latest: (Forget & { at: number })[] = [];

  add(forget: Forget, at: number): void {
    this.#latest.push({ ...forget, at });
    if (this.#latest.length > LIMIT) this.#latest.splice(0, 2, { urls: ['*'], tags: [], at: this.#latest[1]!.at });
  }

  /** Whether what was asked for at a moment has been forgotten since. */
  cover(key: string, extras: string, asked: number): boolean {
    if (this.#latest.length === 0) return false;
    const tags = extras.split(' ')[TAGS]?.split(',') ?? [];
    return this.#latest.some(
      (one) => one.at >= asked && (names(one, key) || tags.some((tag) => one.tags.includes(tag))),
    );
  }
}

/** Forgets what a worker has stored. Gives how many keys that were. */
export async function forget(host: Host, what: Forget): Promise<number> {
  const store = host.store as CacheStore;
  host.forgets.add(what, host.now());
  const keys = new Set((await store.keys()).filter((key) => names(what, key)));
  for (const tag of what.tags) for (const key of (await store.ledger?.tagged(tag)) ?? []) keys.add(key);
  await store.remove([...keys]);
  return keys.size;
}

/** Whether a URL is among those that are named. */
function names({ urls }: Forget, key: string): boolean {
  const bare = (url: string) => url.split('?', 1)[0]!;
  return urls.some((url) => (url.endsWith('*') ? key.startsWith(url.slice(0, -1)) : bare(key) === bare(url)));
}
