// What a browser's static routes do (src/route/static_routes.rs), in browsers that have none: a fingerprinted asset comes
// out of the store before the engine has even started. A worker that is started for an asset saves a quarter of the time.

import type { CacheStore } from './cache-storage.js';
import type { Report } from './host.js';

declare const self: ServiceWorkerGlobalScope;

/** Stands in the name of every fingerprinted asset (src/manifest.rs, `MARK`). */
export const MARK = '.kf.';

/**
 * The answer to a request whose URL looks like an asset's; nothing if it does not.
 *
 * @param otherwise gives the engine's answer, for what is not in the store.
 */
export function staticAnswer(
  request: Request,
  store: CacheStore,
  otherwise: () => Promise<Report> | undefined,
): Promise<Report> | undefined {
  const { method, url, headers, cache } = request;
  const [path] = url.split(/[?#]/, 1);
  const isMarked = url.startsWith(self.registration.scope) && path!.includes(MARK);
  if (!isMarked || method !== 'GET' || cache === 'no-store' || headers.has('range')) return undefined;
  const find = async () => {
    const response = await store.match(store.assets, request).catch(() => undefined);
    if (response) return { response, from: 'store', age: '', status: 'keepfresh; hit' };
    return (
      (await otherwise()) ?? {
        response: await fetch(request),
        from: 'network',
        age: '',
        status: 'keepfresh; fwd=bypass',
      }
    );
  };
  return find();
}
