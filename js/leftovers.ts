// What other workers have left in Cache Storage: Workbox, Serwist and Angular's, which knew the site by its own names. Where
// the bytes are those that were built they need not be fetched again, whoever stored them and for what reason.

import { MARK } from './static-answer.js';

declare const self: ServiceWorkerGlobalScope;

/** Finds what is stored for a file under its own name. */
export type Leftovers = (url: string) => Promise<Response | undefined>;

/** Looks through the caches of others once. */
export async function leftovers(): Promise<Leftovers> {
  const places = new Map<string, [Cache, Request]>();
  for (const name of await caches.keys()) {
    if (name.startsWith('keepfresh:')) continue;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) places.set(plain(request.url), [cache, request]);
  }
  return async (url) => {
    const [cache, request] = places.get(plain(url)) ?? [];
    return cache?.match(request!, { ignoreVary: true });
  };
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
