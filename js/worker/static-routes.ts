// The rules that a browser can follow by itself, without starting the worker (Service Workers, static routing).
//
// Only what has the same answer either way is handed over. A hit comes out of the store; a miss goes to the network past
// the worker, of which a page tells it (heal.ts).

import type { CacheStore } from './cache-storage.js';
import { MARK } from './static-answer.js';

declare const self: ServiceWorkerGlobalScope;

/**
 * Destinations that may be served from the store. Media is left out: a static route answers a `Range` request with the
 * whole, and players ask for ranges. So is what has a query: a browser would look for that, too; and workers, which this one has to
 * know whose they are.
 */
const FROM_THE_STORE = ['font', 'image', 'manifest', 'script', 'style'];

/** What scripts fetch as a whole, by the ends of the names; of all else they may ask for ranges. */
const FETCHED = ['css', 'js', 'json', 'svg', 'wasm'];

/** Hands the browser what it can do by itself, where it knows how. The answers are the same without. */
export async function addStaticRoutes(
  routes: string,
  store: CacheStore,
  folders: string[],
  event: ExtendableEvent,
): Promise<void> {
  const { addRoutes } = event as ExtendableEvent & { addRoutes?: (rules: object[]) => Promise<void> };
  try {
    await addRoutes?.call(
      event,
      staticRoutes(routes, new URL(self.registration.scope).pathname, store.assets, folders),
    );
  } catch (error) {
    console.warn('keepfresh: the browser did not take the static routes:', error);
  }
}

/**
 * The static routes of a table: fingerprinted assets from the store, and what is the network's whatever else a request
 * says. The first line of the routes has the paths of these (src/route/compiled.rs).
 */
export function staticRoutes(routes: string, scopePath: string, cacheName: string, folders: string[] = []): object[] {
  const literally = (path: string) => path.replace(/[*+?:{}()\\]/g, '\\$&');
  const scope = literally(scopePath);
  // Names that lie alone may be many, and are left to the worker.
  const whole = folders.filter((folder) => folder.endsWith('/'));
  const assets = (end: string) =>
    [`*${MARK}`, ...whole.map(literally)].map((path) => ({ pathname: `${scope}${path}*${end}`, search: '' }));
  const of = (requestDestination: string, end = '') =>
    assets(end).map((urlPattern) => ({ urlPattern, requestDestination }));
  const or = [...FROM_THE_STORE.flatMap((one) => of(one)), ...FETCHED.flatMap((end) => of('', `.${end}`))];
  const [paths] = routes.split('\n', 1);
  const ofNetwork = paths!.split('\t').flatMap((path) => {
    const pathname = (path[0] === 'r' ? scope : '') + path.slice(1);
    return path ? [{ condition: { urlPattern: { pathname } }, source: 'network' }] : [];
  });
  return [{ condition: { or }, source: { cacheName } }, ...ofNetwork];
}
