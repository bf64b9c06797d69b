// What lies in Cache Storage under another name: left by other workers (Workbox, Serwist and Angular's, which knew the site by its
// own names), or an asset that is asked for by two. Where the bytes are those that were built they need not be fetched again.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import type { File } from './file.js';
import type { Wanted } from './install.js';
import { sha256, storableFile } from '../worker/list.js';
import { typeInsteadOf } from '../host/media-type.js';
import type { Progress } from '../worker/progress.js';
import { MARK } from '../worker/static-answer.js';
import { own } from './whole.js';

declare const self: ServiceWorkerGlobalScope;

/** Stores what others have left. Those files that are left. */
export const fromOthers = (_: Engine, store: CacheStore, files: File[], { progress }: Wanted): Promise<File[]> =>
  fromCaches((name) => !name.startsWith('keepfresh:'), store, files, progress);

/** The same of what lies there with a fingerprint: a file may be asked for by two names. */
export const fromAssets = (store: CacheStore, files: File[]): Promise<File[]> =>
  fromCaches((name) => name === store.assets, store, files);

async function fromCaches(
  isMeant: (name: string) => boolean,
  store: CacheStore,
  files: File[],
  progress?: Progress,
): Promise<File[]> {
  const places = new Map<string, [Cache, Request]>();
  for (const name of await caches.keys()) {
    if (!isMeant(name)) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) places.set(plain(request.url), [cache, request]);
  }
  const isStored = async ({ cache: name, sha256: expected, url }: File) => {
    const [cache, request] = places.get(plain(url)) ?? [];
    const response = await cache?.match(request!, { ignoreVary: true });
    if (!response || typeInsteadOf(response, url) || (await sha256(response.clone())) !== expected) return false;
    await store.put(name, url, storableFile(own(response)));
    return true;
  };
  const left: File[] = [];
  for (const file of files) {
    if (await isStored(file).catch(() => false)) progress?.has(file);
    else left.push(file);
  }
  return left;
}

/** Removes what nobody needs any more: the caches that Workbox, Serwist and Angular name after this worker's scope. */
export async function forgetOthers(): Promise<void> {
  const { scope } = self.registration;
  const ofAngular = `ngsw:${new URL(scope).pathname}:`;
  for (const name of await caches.keys()) {
    if (name.endsWith(`-${scope}`) || name.startsWith(ofAngular)) await caches.delete(name);
  }
}

/** A URL without its query, where revisions stand, and without its fingerprint. */
function plain(url: string): string {
  const [path, rest] = url.split('?', 1)[0]!.split(MARK);
  return path + (rest?.replace(/^[0-9a-f]+/, '') ?? '');
}
