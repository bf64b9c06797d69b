// The cache outside of browsers: a `fetch` that keeps what HTTP allows to be kept.

import { Engine, initSync } from '../target/wasm/keepfresh.js';
import { Flights } from './flights.js';
import { Forgets } from './forgets.js';
import type { Host, Report } from './host.js';
import { Journey } from './journey.js';
import { writeRequest } from './machine.js';
import { memoryStore } from './memory-store.js';
import { Drafts, type Store, Turns } from './store.js';
import { wasmBytes } from './wasm.js';

export { type CacheError, type CacheErrorCode, isCacheError } from './error.js';
export { memoryStore, type MemoryStoreOptions } from './memory-store.js';
export type { Store } from './store.js';

/** How the cache behaves. Every field has a default. */
export interface CachingFetchOptions {
  /** What asks the origin server. Default: the global `fetch`. */
  fetch?: typeof fetch;
  /** Whether responses go to many users: what is for one of them is then not kept. Default: `false`. */
  shared?: boolean;
  /** Where responses are kept. Default: in memory, up to 64 MiB. */
  store?: Store;
  /**
   * The fields that speak to this cache in the place of `Cache-Control` (RFC 9213), the most specific first. Default:
   * `['CDN-Cache-Control']` for a shared cache, otherwise none.
   */
  targets?: string[];
  /** The time in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number;
  /** Told of faults that no caller notices: a store that cannot be read or written. Default: `console.warn`. */
  onWarning?: (message: string, error: unknown) => void;
}

/** A `fetch` with a cache. */
export interface CachingFetch {
  (input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Settles when everything is written that the requests so far have led to. */
  idle(): Promise<void>;
}

let isReady = false;
const REDIRECTS = [301, 302, 303, 307, 308];

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
export function cachingFetch(options: CachingFetchOptions = {}): CachingFetch {
  if (!isReady) initSync({ module: wasmBytes() });
  isReady = true;
  const { shared = false, store = memoryStore(), now = Date.now } = options;
  const { targets = shared ? ['CDN-Cache-Control'] : [] } = options;
  const warn = options.onWarning ?? ((what, error) => console.warn(`keepfresh: ${what}:`, error));
  const send = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  const engine = new Engine([shared ? 'shared' : 'private', ...targets].join('\n').toLowerCase());
  const shell = {
    drafts: new Drafts(),
    flights: new Flights(),
    forgets: new Forgets(),
    store,
    turns: new Turns(),
    now,
    warn,
  };
  const underWay = new Set<Promise<void>>();

  const exchange = async (request: Request): Promise<Report> => {
    const machine = engine.begin(writeRequest(request));
    if (!machine) throw new TypeError('the cache could not begin');
    const host: Host = {
      ...shell,
      // Redirects are stored like any response, and followed through the cache.
      send: (original, fields) => send(withFields(original, fields), { redirect: 'manual' }),
      find: async () => undefined,
      keepAsset: async () => {},
    };
    const journey = new Journey(host, machine, request);
    const abort = () => journey.abort(request.signal.reason);
    if (request.signal.aborted) abort();
    request.signal.addEventListener('abort', abort, { once: true });
    const done = journey.done.finally(() => {
      request.signal.removeEventListener('abort', abort);
      underWay.delete(done);
    });
    underWay.add(done);
    return journey.answer.catch(async (error) => {
      if (!journey.isBroken || request.bodyUsed) throw error;
      warn('a request goes to the network', error);
      return { response: await send(request, { redirect: 'manual' }), from: 'network', age: '', status: '' };
    });
  };

  const follow = async (request: Request, hops: number): Promise<Response> => {
    // Before its body is read, for a redirect may have to send it again.
    const spare = request.redirect === 'follow' ? request.clone() : request;
    const { response, failure } = await exchange(request);
    if (failure) throw failure;
    const location = REDIRECTS.includes(response.status) && response.headers.get('location');
    if (!location || request.redirect === 'manual') return addressed(response, request.url, hops > 0);
    if (request.redirect === 'error' || hops === 20) {
      throw new TypeError(`${request.url} redirects ${hops === 20 ? 'more than 20 times' : 'and must not'}`);
    }
    return follow(redirected(spare, response.status, new URL(location, request.url)), hops + 1);
  };

  const cached = async (input: RequestInfo | URL, init?: RequestInit) => follow(new Request(input, init), 0);
  return Object.assign(cached, {
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  });
}

function withFields(request: Request, fields: Headers): Request {
  const names = [...fields.keys()];
  if (names.length === 0) return request;
  const headers = new Headers(request.headers);
  for (const name of names) headers.set(name, fields.get(name)!);
  return new Request(request, { headers });
}

/** The request that a redirect asks for (Fetch, "HTTP-redirect fetch"). */
function redirected(request: Request, status: number, url: URL): Request {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`a redirect leads to ${url.href}`);
  const { method } = request;
  const isPost = method === 'POST' && status < 303;
  const becomesGet = isPost || (status === 303 && method !== 'GET' && method !== 'HEAD');
  const headers = new Headers(request.headers);
  if (url.origin !== new URL(request.url).origin) for (const name of ['authorization', 'cookie']) headers.delete(name);
  if (!becomesGet) return new Request(url, new Request(request, { headers }));
  for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type']) headers.delete(name);
  const { signal, redirect, credentials, cache } = request;
  return new Request(url, { method: 'GET', headers, signal, redirect, credentials, cache });
}

/** What a `Response` that was put together does not know of itself. */
function addressed(response: Response, url: string, isRedirected: boolean): Response {
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: isRedirected } });
}
