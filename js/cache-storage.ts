// Cache Storage: which cache holds what.
//
//   …:assets          fingerprinted assets, shared by all versions
//   …:pages:VERSION   precached files that keep their names, and the list itself
//   …:records         what the engine wrote down of the responses that routes keep, under their keys
//   …:bodies:N        those responses, as the network gave them: the body in slot N of the key
//
// Every name begins with `keepfresh:` and the path of the worker's scope, so that no other worker's caches are ever
// touched (but for what is left of those that this one has replaced: leftovers.ts). A stored response is never rebuilt: a
// script would lose the code that the browser compiled for it.

import type { Store } from './store.js';

/** How many keys routes may have; the oldest go first. */
const LIMIT = 500;

export class CacheStore implements Store {
  readonly assets: string;
  readonly pages: string;
  readonly #prefix: string;
  #writes = 0;

  /** The store of the worker whose scope has this URL. */
  constructor(scopeUrl: string, version: string) {
    this.#prefix = `keepfresh:${new URL(scopeUrl).pathname}:`;
    this.assets = `${this.#prefix}assets`;
    this.pages = `${this.#prefix}pages:${version}`;
  }

  async read(key: string): Promise<string> {
    const record = await this.match(`${this.#prefix}records`, key);
    return record ? record.text() : '';
  }

  body(key: string, slot: string): Promise<Response | undefined> {
    return this.match(`${this.#prefix}bodies:${slot}`, key);
  }

  async keep(key: string, slot: string, body: Response): Promise<void> {
    const cache = await caches.open(`${this.#prefix}bodies:${slot}`);
    await cache.put(key, storable(body));
  }

  async write(key: string, record: string, freed: string[]): Promise<void> {
    const records = await caches.open(`${this.#prefix}records`);
    await (record ? records.put(key, new Response(record)) : records.delete(key));
    for (const slot of freed) await (await caches.open(`${this.#prefix}bodies:${slot}`)).delete(key);
    // Counting takes time: not on every write.
    if (record && this.#writes++ % 16 === 0) await this.#shrink(records);
  }

  async keys(origin: string): Promise<string[]> {
    const records = await caches.open(`${this.#prefix}records`);
    const urls = (await records.keys()).map(({ url }) => url);
    return urls.filter((url) => url.startsWith(`${origin}/`));
  }

  /** What a cache holds under a URL, or for a request whatever its fields. */
  match(cacheName: string, key: RequestInfo): Promise<Response | undefined> {
    return caches.match(key, { cacheName, ignoreVary: true, ignoreMethod: true });
  }

  /** The caches of all versions' pages, in the order in which they were made. */
  async versions(): Promise<string[]> {
    const names = await caches.keys();
    return names.filter((name) => name.startsWith(`${this.#prefix}pages:`));
  }

  /**
   * Forgets what is stored under these URLs, whatever their queries; one with a `*` at its end stands for all that begin
   * so. Gives how many keys that were.
   */
  async forget(urls: string[]): Promise<number> {
    const records = await caches.open(`${this.#prefix}records`);
    const bare = (url: string) => url.split('?', 1)[0]!;
    const isMeant = ({ url: key }: Request) =>
      urls.some((url) => (url.endsWith('*') ? key.startsWith(url.slice(0, -1)) : bare(key) === bare(url)));
    const keys = (await records.keys()).filter(isMeant);
    await this.#remove(records, keys);
    return keys.length;
  }

  async #shrink(records: Cache): Promise<void> {
    const keys = await records.keys();
    await this.#remove(records, keys.slice(0, Math.max(0, keys.length - LIMIT)));
  }

  async #remove(records: Cache, keys: readonly Request[]): Promise<void> {
    for (const key of keys) {
      await records.delete(key);
      for (const name of await caches.keys()) {
        if (name.startsWith(`${this.#prefix}bodies:`)) await (await caches.open(name)).delete(key);
      }
    }
  }
}

/**
 * What `put` takes: it refuses a 206 and `Vary: *`, and would compare the fields that `Vary` names, which the record
 * does. Only such a response is rebuilt.
 */
function storable(response: Response): Response {
  if (response.status !== 206 && !response.headers.get('vary')?.includes('*')) return response;
  const headers = new Headers(response.headers);
  headers.delete('vary');
  return new Response(response.body, { headers });
}
