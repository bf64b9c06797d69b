// What a browser's static routes do (static-routes.ts), in browsers that have none: a fingerprinted asset comes
// out of the store before the engine has even started. A worker that is started for an asset saves a quarter of the time.

import type { CacheStore } from './cache-storage.js';
import type { Report } from '../host/host.js';
import { bypass } from './send.js';

declare const self: ServiceWorkerGlobalScope;

/** Stands in the name of every fingerprinted asset (src/manifest.rs, `MARK`). */
export const MARK = '.kf.';

/** A URL without its query and fragment. */
export const bare = (url: string): string => url.split(/[?#]/, 1)[0]!;

/** The asset that a URL names, whatever its query: what its bytes are stands in its name. */
export async function assetOf(store: CacheStore, url: string): Promise<Response | undefined> {
  const stored = await store.match(store.assets, bare(url));
  // A module finds its own query in the URL of the response, unless that has none.
  return stored && url.includes('?') ? new Response(stored.body, stored) : stored;
}

/**
 * The answer to a request whose URL looks like an asset's; nothing if it does not.
 *
 * @param folders in which all files are assets, by the names that a bundler has given them; and such files that lie elsewhere.
 * @param otherwise gives the engine's answer, for what is not in the store.
 */
export function staticAnswer(
  request: Request,
  store: CacheStore,
  folders: string[],
  otherwise: () => Promise<Report> | undefined,
): Promise<Report> | undefined {
  const { method, url, headers, cache } = request;
  const { scope } = self.registration;
  const path = bare(url);
  const isNamed = path.includes(MARK) || folders.some((folder) => path.startsWith(scope + folder));
  if (!isNamed || !url.startsWith(scope) || method !== 'GET' || cache === 'no-store' || headers.has('range'))
    return undefined;
  const find = async () => {
    const response = await assetOf(store, url).catch(() => undefined);
    if (response) return { response, from: 'store', age: '', status: 'keepfresh; hit' };
    return otherwise() ?? bypass(request);
  };
  return find();
}
