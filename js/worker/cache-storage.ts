// Cache Storage: which cache holds what.
//
//   …:assets          fingerprinted assets, shared by all versions
//   …:pages:VERSION   precached files that keep their names, and the list itself
//   …:records         what the engine wrote down of the responses that routes keep, under their keys
//   …:bodies:N        those responses, as the network gave them: the body in slot N of the key
//   …:versions        what is remembered of versions (versions.ts)
//   …:forgotten       what pages have had forgotten (forgets.ts)
//   …:of:ID:…         records and bodies of a partition (partitions.ts)
//
// How much room routes take is in the ledger, which may be wrong: what is in a cache counts. Every name begins with
// `keepfresh:` and the path of the worker's scope, so that no other worker's caches are ever touched (but by leftovers.ts).
// A stored response is never rebuilt: a script would lose the code that the browser compiled for it.

import type { Ledger } from './ledger.js';
import { discard, storable } from '../host/body.js';
import { LONG, type Store } from '../host/store.js';
import type { Versions } from './versions.js';

/** How many keys routes may have where no ledger says otherwise; the oldest go first. */
const LIMIT = 500;

export class CacheStore implements Store {
  readonly assets: string;
  readonly pages: string;
  readonly prefix: string;
  /** What caches of routes begin with. */
  readonly kept: string;
  /** What was read of versions (versions.ts), which nobody but this worker writes meanwhile; and what is being changed of it. */
  remembered: Promise<Versions> | undefined;
  changing: Promise<void> = Promise.resolve();
  /** Gives up what nobody needs, while a version is installed; whether there was anything (old-versions.ts). */
  makeRoom: (() => Promise<boolean>) | undefined;
  readonly #records: string;
  #writes = 0;
  /** What was read before something was removed, or meanwhile, may be that. */
  protected removals = 0;
  /** Records that were read or written: only this worker writes any. */
  protected readonly known = new Map<string, string>();

  /** The store of the worker whose scope has this URL. */
  constructor(
    scopeUrl: string,
    readonly version: string,
    readonly ledger?: Ledger,
    partition = '',
  ) {
    this.prefix = `keepfresh:${new URL(scopeUrl).pathname}:`;
    this.kept = this.prefix + partition;
    this.#records = `${this.kept}records`;
    this.assets = `${this.prefix}assets`;
    this.pages = `${this.prefix}pages:${version}`;
  }

  async read(key: string): Promise<string> {
    const known = this.known.get(key);
    if (known) return known;
    const { removals } = this;
    const record = await this.match(this.#records, key);
    if (!record) return '';
    const text = await record.text();
    if (removals === this.removals) this.#know(key, text);
    return text;
  }

  use(key: string): void {
    this.ledger?.use(key);
  }

  body(key: string, slot: string): Promise<Response | undefined> {
    return this.match(`${this.kept}bodies:${slot}`, key);
  }

  keep(key: string, slot: string, body: Response): Promise<void> {
    return this.put(`${this.kept}bodies:${slot}`, key, storable(body));
  }

  async write(key: string, record: string, freed: string[]): Promise<void> {
    if (!record) return this.remove([key]);
    await this.put(this.#records, key, new Response(record));
    this.#know(key, record);
    for (const slot of freed) await (await caches.open(`${this.kept}bodies:${slot}`)).delete(key);
  }

  async count(key: string, slot: string, extras: string, variants: number): Promise<void> {
    if (this.ledger) return this.ledger.count(this, key, slot, extras, variants);
    // Counting takes time: not on every write.
    if (this.#writes++ % 16) return;
    await this.remove((await this.keys()).slice(0, -LIMIT));
  }

  #know(key: string, record: string): void {
    if (this.known.size >= LIMIT) this.known.clear();
    this.known.set(key, record);
  }

  /** Puts a response into a cache. Without room, what nobody needs goes, or what routes keep and is worth least. */
  async put(cacheName: string, key: string, response: Response): Promise<void> {
    const cache = await caches.open(cacheName);
    const length = Number(response.headers.get('content-length'));
    // What is long, or may be, is not held twice for this.
    const spare = length > 0 && length <= LONG ? response.clone() : undefined;
    try {
      await cache.put(key, response);
    } catch (error) {
      if ((error as Error).name !== 'QuotaExceededError') throw error;
      const keys = await this.keys();
      const isMade = await this.makeRoom?.();
      if (!isMade) await this.remove((await this.ledger?.shed(4 * length || 0)) ?? keys.slice(0, 1 + keys.length / 8));
      // What is not held twice has its chance the next time.
      if (!spare) throw error;
      await cache.put(key, spare);
    } finally {
      discard(spare);
    }
  }

  /** What a cache holds under a URL, or for a request whatever its fields. What fails once need not the next time. */
  match(cacheName: string, key: RequestInfo): Promise<Response | undefined> {
    const look = () => caches.match(key, { cacheName, ignoreVary: true, ignoreMethod: true });
    return look().catch(look);
  }

  /** The caches of all versions' pages, in the order in which they were made. */
  async versions(): Promise<string[]> {
    return (await caches.keys()).filter((name) => name.startsWith(`${this.prefix}pages:`));
  }

  async keys(origin = ''): Promise<string[]> {
    const records = await caches.open(this.#records);
    const urls = (await records.keys()).map(({ url }) => url);
    return urls.filter((url) => url.startsWith(origin && `${origin}/`));
  }

  /** The record first: a body that no record speaks of is not found. */
  async remove(keys: string[]): Promise<void> {
    if (keys.length === 0) return;
    const forget = () => (this.removals++, keys.forEach((key) => this.known.delete(key)));
    forget();
    // None is made for that: a partition may be gone.
    const all = (await caches.keys()).filter((name) => name.startsWith(this.kept));
    const bodies = all.filter((name) => name.startsWith(`${this.kept}bodies:`));
    for (const name of all.includes(this.#records) ? [this.#records, ...bodies] : bodies) {
      const cache = await caches.open(name);
      await Promise.all(keys.map((key) => cache.delete(key)));
    }
    forget();
    await this.ledger?.remove(keys).catch(() => {});
  }
}
