// What pages have had forgotten lately: a response that was under way meanwhile is from before, and is not stored. And the
// browser's own cache may have it still, which a worker cannot empty: for what was forgotten it is not asked.

import type { CacheStore } from '../worker/cache-storage.js';
import type { Machine } from '../../target/wasm/keepfresh.js';
import type { Host } from './host.js';
import { ask } from './machine.js';
import { TAGS } from './extras.js';

/** What is to be forgotten. */
export interface Forget {
  /** Absolute URLs, whatever their queries; one with a `*` at its end stands for all that begin so. */
  urls: string[];
  /** Tags of routes. */
  tags: string[];
}

const KEY = '/keepfresh-forgotten';

/** How many URLs and tags are remembered. Where there are more, URLs stand for their folders, and if that does not help for all. */
const LIMIT = 100;

const folderOf = (url: string) => `${url.slice(0, url.lastIndexOf('/') + 1)}*`;

export class Forgets {
  /** How often something was forgotten. A clock may go back; this does not. */
  moment = 0;
  #latest: (Forget & { moment: number })[] = [];
  #read: Promise<void> | undefined;
  readonly #entering = new Set<Promise<unknown>>();

  /** @param cacheName where it is remembered when the worker has been stopped; absent if there is no other cache to mind. */
  constructor(readonly cacheName?: string) {}

  /** Adds something, at once; settles when it will be remembered. */
  async add({ urls, tags }: Forget): Promise<void> {
    this.#latest.push({ urls, tags, moment: ++this.moment });
    this.#widen((url) => url);
    // What was remembered before and cannot be read now must not be written over.
    await this.#load().finally(() => this.#makeRoom());
    if (!this.cacheName) return;
    const text = JSON.stringify(this.#latest.map(({ urls, tags }) => ({ urls, tags })));
    await (await caches.open(this.cacheName)).put(KEY, new Response(text));
  }

  /** Whether something was ever forgotten, so that another cache than ours may have it still. */
  async ever(key: () => string, tags: () => string[]): Promise<boolean> {
    await this.#load().catch(() => {});
    if (this.#latest.length === 0) return false;
    const [name, own] = [key(), tags()];
    return this.#latest.some((one) => isMeant(one, name, () => own));
  }

  #makeRoom(): void {
    const size = () => this.#latest.reduce((sum, one) => sum + one.urls.length + one.tags.length, 0);
    if (size() > LIMIT) this.#widen(folderOf);
    if (size() > LIMIT) this.#latest = [{ urls: ['*'], tags: [], moment: this.moment }];
  }

  /** Takes URLs for more than they are; what is the same then is there once. */
  #widen(wider: (url: string) => string): void {
    const all = this.#latest.map((one) => ({ ...one, urls: [...new Set(one.urls.map(wider))] }));
    // Of those that are the same the latest counts.
    this.#latest = [...new Map(all.map((one) => [JSON.stringify([one.urls, one.tags]), one])).values()];
  }

  #load(): Promise<void> {
    const { cacheName } = this;
    const read = async () => {
      const stored = cacheName && (await caches.match(KEY, { cacheName }));
      const before = stored ? ((await stored.json()) as Forget[]) : [];
      this.#latest.unshift(...before.map((one) => ({ ...one, moment: 0 })));
    };
    const reading = (this.#read ??= read());
    // What cannot be read may be there the next time.
    reading.catch(() => void (this.#read === reading && (this.#read = undefined)));
    return reading;
  }

  /**
   * Whether what was asked for at a moment has been forgotten since.
   *
   * @param tags gives those of its route.
   */
  cover(key: string, tags: () => string[], asked: number): boolean {
    return this.#latest.some((one) => one.moment > asked && isMeant(one, key, tags));
  }

  /** Enters something that was not forgotten until now: whoever forgets anything meanwhile waits for that, and finds it. */
  enter<T>(work: () => Promise<T>): Promise<T> {
    const entered = work();
    const leave = () => this.#entering.delete(entered);
    this.#entering.add(entered);
    entered.then(leave, leave);
    return entered;
  }

  /** Settles when all that is being entered now is there. */
  entered(): Promise<unknown> {
    return Promise.allSettled(this.#entering);
  }
}

/** Forgets what a worker has stored. Gives how many keys that were. */
export async function forget(host: Host, what: Forget): Promise<number> {
  const store = host.store as CacheStore;
  await host.forgets.add(what).catch((error) => host.warn('it is not remembered what was forgotten', error));
  await host.forgets.entered();
  // By the routes of today, too: a version that knew of no tags may have stored it.
  const keys = new Set((await store.keys()).filter((key) => isMeant(what, key, () => host.tags!(key))));
  // Where IndexedDB is refused, or its connection was closed, what the routes say counts.
  for (const tag of what.tags) for (const key of (await store.ledger?.tagged(tag).catch(() => [])) ?? []) keys.add(key);
  await store.remove([...keys]);
  return keys.size;
}

/** Whether a URL is among those that are named, or its route has one of the tags. */
function isMeant({ tags, urls }: Forget, key: string, own: () => string[]): boolean {
  const bare = (url: string) => url.split('?', 1)[0]!;
  if (urls.some((url) => (url.endsWith('*') ? key.startsWith(url.slice(0, -1)) : bare(key) === bare(url)))) return true;
  return tags.length > 0 && own().some((tag) => tags.includes(tag));
}

/** The tags of a request's route. */
export const tagsOf = (machine: Machine): string[] => ask(machine, 'extras').split(' ')[TAGS]?.split(',') ?? [];
