// Installing and activating a version.
//
// A file is taken from where it costs least: from the version that is stored, from what another worker has left, out of a
// pack; or it is fetched. Every file is verified before it is stored. One that is broken at the origin server (missing, or
// not the bytes that were built) is told of and left out: it never blocks the rest. If the origin server cannot be reached
// the install fails as a whole, the version before goes on, and the browser's next try takes up where this one stopped, for
// what is stored is not fetched again.

import type { Engine } from '../target/wasm/keepfresh.js';
import type { CacheStore } from './cache-storage.js';
import type { Delta } from './deltas.js';
import { each, type File, filesOf } from './file.js';
import { forgetOthers, fromOthers } from './leftovers.js';
import { type Coming, listPath, storedList, storeList } from './list.js';
import { fetchAndStore, fetchList } from './whole.js';

declare const self: ServiceWorkerGlobalScope;

/** How many files are fetched at once. Chromium lets an installing worker have three. */
const AT_ONCE = 6;

/** What a version consists of, and how it may be had. */
export interface Wanted {
  /** Its list. Default: the one that lies beside the worker's script under the version's name. */
  list?: string;
  /** Names what the site says in the fields of its responses. */
  fields?: string;
  /** The packs that there are, a line each: name, bytes, bytes unpacked, lines of the list; with spaces. */
  packs?: string;
  /** What has been asked for already. */
  coming?: Coming;
  /** What leads from the version that is stored, if that has been looked for. */
  deltas?: Delta[];
  /** The versions from which there are deltas, a line each: version, bytes. */
  updates?: string;
}

/** Stores those files that can be had in some way; those that are left. */
export type Way = (engine: Engine, store: CacheStore, files: File[], wanted: Wanted) => Promise<File[]>;

/** Whoever installs versions: a script of its own, loaded when there is something to install. */
export interface Installer {
  /** Does the work of the `install` event, short of the static routes. */
  install(engine: Engine, store: CacheStore, wanted: Wanted): Promise<void>;
  /** Does the work of the `activate` event: forgets what neither this version nor the one before it needs. */
  activate(engine: Engine, store: CacheStore): Promise<void>;
}

/** @param ways those in which files can be had without being fetched one by one, the cheapest first. */
export const installer = (...ways: Way[]): Installer => ({
  async install(engine, store, wanted) {
    const stored = await storedList(store);
    const list =
      wanted.list ?? (stored || (await fetchList(store.version, wanted.coming?.get(listPath(store.version)))));
    let files = await missing(engine, store, list);
    for (const way of [fromOthers, ...ways]) {
      if (files.length === 0) break;
      const all = files;
      files = await way(engine, store, all, wanted).catch(() => all);
    }
    await each(files, AT_ONCE, (file) => fetchAndStore(store, file));
    // What is stored whole came with the fields that were noted then.
    if (list !== stored) await storeList(store, list, wanted.fields);
  },
  activate,
});

async function activate(engine: Engine, store: CacheStore): Promise<void> {
  try {
    const versions = await store.versions();
    for (const old of versions.slice(0, -2)) await caches.delete(old);
    const kept = new Set<string>();
    for (const version of versions.slice(-2)) {
      for (const { url } of filesOf(engine, store, await storedList(store, version))) kept.add(url);
    }
    const assets = await caches.open(store.assets);
    for (const key of await assets.keys()) if (!kept.has(key.url)) await assets.delete(key);
    await forgetOthers();
    await store.ledger?.heal(store);
  } catch (error) {
    console.warn('keepfresh: an earlier version could not be cleaned up:', error);
  }
  await self.clients.claim();
}

/** The files that are not stored yet. */
async function missing(engine: Engine, store: CacheStore, list: string): Promise<File[]> {
  const stored = new Set<string>();
  for (const name of [store.assets, store.pages]) {
    for (const { url } of await (await caches.open(name)).keys()) stored.add(url);
  }
  return filesOf(engine, store, list).filter(({ url }) => !stored.has(url));
}
