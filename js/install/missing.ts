// What of a version is not stored yet.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { each, type File, filesOf, opener } from './file.js';
import { sha256, storedList } from '../worker/list.js';
import { MARK } from '../worker/static-answer.js';

/** The files that are not stored yet. */
export async function missing(engine: Engine, store: CacheStore, files: File[]): Promise<File[]> {
  const stored = new Set<string>();
  for (const name of [store.assets, store.pages]) {
    for (const { url } of await (await caches.open(name)).keys()) stored.add(name + url);
  }
  const has = ({ cache, url }: File) => stored.has(cache + url);
  const left = files.filter((file) => !has(file));
  // What a bundler has named is believed to be what its name says, and looked at all the same: bundlers name files after
  // what they were made from.
  const named = files.filter((file) => file.cache === store.assets && !file.url.includes(MARK) && has(file));
  const known = named.length > 0 ? await digestsOf(engine, store) : new Map<string, string>();
  for (const file of named) {
    const { cache, sha256: expected, url } = file;
    const response = known.get(url) ? undefined : await store.match(cache, url);
    const digest = response ? await sha256(response) : known.get(url);
    if (digest !== expected) left.push(file);
  }
  return left;
}

/**
 * Makes room for files that are missing. What a worker was writing when it was stopped is listed by no engine, but in WebKit
 * 2.50 it keeps the place: whatever is put there is gone, until it is deleted.
 */
export async function clear(store: CacheStore, files: readonly File[]): Promise<void> {
  const open = opener();
  await each(files, 16, async ({ cache, url }) => {
    if (!(await store.match(cache, url))) await (await open(cache)).delete(url);
  });
}

/** The digests of the assets of versions that are stored whole, by URL; none (`''`) where these differ. */
async function digestsOf(engine: Engine, store: CacheStore): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  for (const pages of await store.versions()) {
    for (const { cache, sha256, url } of filesOf(engine, store, await storedList(store, pages).catch(() => ''))) {
      if (cache === store.assets) known.set(url, (known.get(url) ?? sha256) === sha256 ? sha256 : '');
    }
  }
  return known;
}
