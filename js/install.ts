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

declare const self: ServiceWorkerGlobalScope;

/** How many files are fetched at once. Chromium lets an installing worker have three. */
const AT_ONCE = 6;

/** Where a version's precache list lies among its pages. */
const LIST = '/keepfresh-precache-list';

/** A file that is to be stored. */
interface File {
  cache: string;
  sha256: string;
  url: string;
}

/** Does the work of the `install` event, short of the static routes. */
export async function install(engine: Engine, store: CacheStore, list: string): Promise<void> {
  const files = await missing(engine, store, list);
  const nothing = async () => undefined;
  const others = files.length > 0 ? await leftovers().catch(() => nothing) : nothing;
  const lane = async () => {
    for (let file = files.shift(); file; file = files.shift()) await fetchAndStore(store, file, others);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  await (await caches.open(store.pages)).put(LIST, new Response(list));
}

/** Does the work of the `activate` event: forgets what neither this version nor the one before it needs. */
export async function activate(engine: Engine, store: CacheStore): Promise<void> {
  try {
    const versions = await store.versions();
    for (const old of versions.slice(0, -2)) await caches.delete(old);
    const kept = new Set<string>();
    for (const version of versions.slice(-2)) {
      const list = await (await store.match(version, LIST))?.text();
      for (const [, , url] of lines(engine.ask(`precache-files\n${list ?? ''}`))) kept.add(absolute(url!));
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

/** Keeps an asset that came from the network, if its bytes are those that the list, or else its name, says. */
export async function keepAsset(
  engine: Engine,
  store: CacheStore,
  list: string,
  url: string,
  reply: Response,
): Promise<void> {
  const { scope } = self.registration;
  const path = url.startsWith(scope) ? url.slice(scope.length) : url;
  const isAsset = engine.ask(['is-asset', await sha256(reply.clone()), path, list].join('\n'));
  if (isAsset) await store.put(store.assets, url, reply);
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
    const unreachable = (reason: string) =>
      cacheError('install', `the install is not complete: ${url} could not be fetched: ${reason}`);
    const response = await fetch(url, { cache: mode }).catch((error) => {
      throw unreachable(error.message);
    });
    const { status } = response;
    if (status >= 500 || status === 429) throw unreachable(`status ${status}`);
    if (status !== 200) {
      fault = `status ${status}`;
    } else if ((await sha256(response.clone())) !== expected) {
      fault = 'its bytes are not those that were built';
    } else {
      return store.put(cache, url, own(response));
    }
  }
  console.warn(`keepfresh: ${url} was not stored: ${fault}`);
}

/** A response under its own URL. What was redirected is rebuilt: browsers refuse to show it as a page. */
function own(response: Response): Response {
  return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
}

/** In hexadecimal. */
export async function sha256(response: Response): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const absolute = (url: string) => self.registration.scope + url;

/** The lines of a text, each taken apart at its tabs. */
function lines(text: string | undefined): string[][] {
  return (text ?? '').split('\n').flatMap((line) => (line ? [line.split('\t')] : []));
}
