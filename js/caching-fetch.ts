// A `fetch` that keeps what HTTP allows to be kept.

import { Cache } from './cache.js';
import type { CacheOptions } from './cache-options.js';
import { addressed, redirected, REDIRECTS } from './redirects.js';
import type { Invalidation } from './shared-store.js';

/** How the cache behaves. Every field has a default. */
export interface CachingFetchOptions extends CacheOptions {
  /** What asks the origin server. Default: the global `fetch`. */
  fetch?: typeof fetch;
}

/** A `fetch` with a cache. */
export interface CachingFetch {
  (input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * Invalidates URLs, groups (RFC 9875) of an origin, or all of it. When it has settled, nobody who uses this cache is given
   * any of it unless the origin server was asked again.
   */
  invalidate(what: Invalidation): Promise<void>;
  /** Settles when everything is written that the requests so far have led to. */
  idle(): Promise<void>;
}

/**
 * A `fetch` with an HTTP cache around another: RFC 9111 with its extensions, private or shared. Each response says in
 * `Cache-Status` what became of the request.
 *
 * @example
 * import { cachingFetch } from 'keepfresh/node';
 *
 * const fetch = cachingFetch();
 * const first = await fetch('https://example.com/');
 * const second = await fetch('https://example.com/');
 * console.log(second.headers.get('cache-status')); // keepfresh; hit; ttl=…
 */
export function cachingFetch({ fetch: send, ...options }: CachingFetchOptions = {}): CachingFetch {
  const cache = new Cache(options);
  // Redirects are stored like any response, and followed through the cache.
  const origin = (request: Request) => (send ?? fetch)(request, { redirect: 'manual' });

  const follow = async (request: Request, hops: number, signal?: AbortSignal): Promise<Response> => {
    // Before its body is read, for a redirect may have to send it again.
    const spare = request.redirect === 'follow' && request.body ? request.clone() : request;
    const { response, failure } = await cache.exchange(request, origin, signal);
    if (failure) throw failure;
    const location = REDIRECTS.includes(response.status) && response.headers.get('location');
    if (!location || request.redirect === 'manual') return addressed(response, request.url, hops > 0);
    if (request.redirect === 'error' || hops === 20) {
      throw new TypeError(`${request.url} redirects ${hops === 20 ? 'more than 20 times' : 'and must not'}`);
    }
    return follow(redirected(spare, response.status, new URL(location, request.url)), hops + 1, signal);
  };

  const cached = async (input: RequestInfo | URL, init?: RequestInit) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    return follow(new Request(input, init), 0, signal);
  };
  return Object.assign(cached, {
    idle: () => cache.idle(),
    invalidate: (what: Invalidation) => cache.invalidate(what),
  });
}
