// Installing and activating a version.
//
// Every file is verified before it is stored. A file that is broken at the origin server (missing, or not the bytes that
// were built) is told of and left out: it never blocks the rest. If the origin server cannot be reached the install fails
// as a whole, the version before goes on, and the browser's next try takes up where this one stopped, for what is stored
// is not fetched again.

import type { Engine } from '../target/wasm/keepfresh.js';
import type { CacheStore } from './cache-storage.js';
import { cacheError } from './error.js';
import { forgetOthers, type Leftovers, leftovers } from './leftovers.js';
import { sha256, storedList, storeList } from './list.js';
import { MARK } from './static-answer.js';

declare const self: ServiceWorkerGlobalScope;

/** How many files are fetched at once. Chromium lets an installing worker have three. */
const AT_ONCE = 6;

/** Whoever installs versions: a script of its own, loaded when there is something to install. */
export interface Installer {
  /**
   * Does the work of the `install` event, short of the static routes.
   *
   * @param list what to install. Default: the list that lies beside the worker's script under the version's name.
   */
  install(engine: Engine, store: CacheStore, list?: string): Promise<void>;
  /** Does the work of the `activate` event: forgets what neither this version nor the one before it needs. */
  activate(engine: Engine, store: CacheStore): Promise<void>;
}

/** A file that is to be stored. */
interface File {
  cache: string;
  sha256: string;
  url: string;
}

export async function install(engine: Engine, store: CacheStore, given?: string): Promise<void> {
  const list = given ?? ((await storedList(store)) || (await fetchList(store.version)));
  const files = await missing(engine, store, list);
  const nothing = async () => undefined;
  const others = files.length > 0 ? await leftovers().catch(() => nothing) : nothing;
  const lane = async () => {
    for (let file = files.shift(); file; file = files.shift()) await fetchAndStore(store, file, others);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await storeList(store, list);
}

export async function activate(engine: Engine, store: CacheStore): Promise<void> {
  try {
    const versions = await store.versions();
    for (const old of versions.slice(0, -2)) await caches.delete(old);
    const kept = new Set<string>();
    for (const version of versions.slice(-2)) {
      const list = await storedList(store, version);
      for (const [, , url] of lines(engine.ask(`precache-files\n${list}`))) kept.add(absolute(url!));
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

/** The list of a version, which is named by its digest. */
async function fetchList(version: string): Promise<string> {
  const url = absolute(`keepfresh/list${MARK}${version}.txt`);
  let fault = '';
  for (const cache of ['default', 'reload'] as const) {
    const response = await reach(url, cache);
    const isWhole = response.status === 200 && (await sha256(response.clone())).startsWith(version);
    if (isWhole) return response.text();
    fault = `status ${response.status}`;
  }
  throw incomplete(url, `it is not the list that was built (${fault})`);
}

/** The files that are not stored yet. */
async function missing(engine: Engine, store: CacheStore, list: string): Promise<File[]> {
  const stored = new Set<string>();
  for (const name of [store.assets, store.pages]) {
    for (const { url } of await (await caches.open(name)).keys()) stored.add(url);
  }
  const files = lines(engine.ask(`precache-files\n${list}`)).map(([kind, sha256, url]) => {
    return { cache: kind === 'asset' ? store.assets : store.pages, sha256: sha256!, url: absolute(url!) };
  });
  return files.filter(({ url }) => !stored.has(url));
}

/**
 * Takes a file over from somebody else's cache, or fetches it; a second time past the browser's own cache if the first was
 * not it.
 */
async function fetchAndStore(
  store: CacheStore,
  { cache, sha256: expected, url }: File,
  others: Leftovers,
): Promise<void> {
  const left = await others(url).catch(() => undefined);
  const digest = left && (await sha256(left.clone()).catch(() => ''));
  if (digest === expected) return store.put(cache, url, own(left!));
  let fault = '';
  for (const mode of ['default', 'reload'] as const) {
    const response = await reach(url, mode);
    if (response.status !== 200) {
      fault = `status ${response.status}`;
    } else if ((await sha256(response.clone())) !== expected) {
      fault = 'its bytes are not those that were built';
    } else {
      return store.put(cache, url, own(response));
    }
  }
  console.warn(`keepfresh: ${url} was not stored: ${fault}`);
}

/** A response, if the origin server can be reached and is well; the install goes on another time if it is not. */
async function reach(url: string, cache: RequestCache): Promise<Response> {
  const response = await fetch(url, { cache }).catch((error) => {
    throw incomplete(url, error.message);
  });
  const { status } = response;
  if (status >= 500 || status === 429) throw incomplete(url, `status ${status}`);
  return response;
}

const incomplete = (url: string, reason: string) =>
  cacheError('install', `the install is not complete: ${url} could not be fetched: ${reason}`);

/** A response under its own URL. What was redirected is rebuilt: browsers refuse to show it as a page. */
function own(response: Response): Response {
  return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
}

const absolute = (url: string) => self.registration.scope + url;

/** The lines of a text, each taken apart at its tabs. */
function lines(text: string | undefined): string[][] {
  return (text ?? '').split('\n').flatMap((line) => (line ? [line.split('\t')] : []));
}
