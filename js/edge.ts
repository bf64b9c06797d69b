// The cache at the edge: in front of what a module worker of workerd (Cloudflare Workers) does.

import { Cache } from './server/cache.js';
import { CACHE_OPTIONS, type CacheOptions } from './server/cache-options.js';
import { checkOptions } from './host/checks.js';
import { EdgeStore } from './server/edge-store.js';
import type { Invalidation, SharedStore } from './server/shared-store.js';

export type { Manifest } from './server/digests.js';
export { type CacheError, type CacheErrorCode, isCacheError } from './host/error.js';
export { fromOrigins, type OriginsOptions } from './server/origins.js';
export type { Invalidation, SharedStore } from './server/shared-store.js';

/** How the cache behaves. Every field has a default. */
export interface EdgeCacheOptions extends Omit<CacheOptions, 'store'> {
  /** Whether responses go to many users. Default: `true`. */
  shared?: boolean;
  /**
   * The cache of the runtime that entries lie in, as for `caches.open`. What is invalidated is so in one data centre: each has its
   * own. Default: `keepfresh`.
   */
  name?: string;
  /** Where responses are kept in the place of that. */
  store?: SharedStore;
}

/** What is used of the context of a request. */
interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

/** A cache at the edge. */
export interface EdgeCache {
  /**
   * In front of a handler; what it asks for itself is not kept twice if it asks with `cache: 'no-store'`, or `cf: { cacheTtl: 0 }`.
   */
  handler<Env, Ctx extends Context>(
    handle: (request: Request, env: Env, context: Ctx) => Response | Promise<Response>,
  ): (request: Request, env: Env, context?: Ctx) => Promise<Response>;
  /** Invalidates URLs, groups of an origin, or all of it; in this data centre, unless `store` is one for all. */
  invalidate(what: Invalidation): Promise<void>;
}

/**
 * A cache in front of a worker, with all that HTTP says, and what the runtime's own cache has not: stale responses that are
 * validated behind the answer, variants, groups, `Cache-Status`.
 *
 * One flight is for the requests of one isolate's request alone: the runtime lets no request wait for another's.
 *
 * @throws CacheError with code `options`, naming the option that cannot be.
 * @example
 * import { edgeCache } from 'keepfresh/edge';
 *
 * const cache = edgeCache();
 * export default { fetch: cache.handler((request) => fetch(request)) };
 */
export function edgeCache(given: EdgeCacheOptions = {}): EdgeCache {
  checkOptions('edgeCache', given, { name: 'name', ...CACHE_OPTIONS, store: 'sharedStore' });
  const { name = 'keepfresh', store, ...options } = given;
  const { now = Date.now } = options;
  const kept = store ?? new EdgeStore(() => caches.open(name), name, now);
  // A cache for each request: what belongs to one may not be touched by another.
  const open = () => new Cache({ shared: true, ...options, store: kept });
  return {
    handler: (handle) => async (request, env, context) => {
      const cache = open();
      // Deno, whose servers stay, gives none.
      const origin = async (asked: Request) => handle(asked, env, context!);
      const { response, failure } = await cache.exchange(request, origin);
      context?.waitUntil(cache.idle());
      if (failure) throw failure;
      return response;
    },
    invalidate: (what) => open().invalidate(what),
  };
}
