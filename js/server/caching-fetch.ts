// A `fetch` that keeps what HTTP allows to be kept.

import { Cache } from './cache.js';
import { discard } from '../host/body.js';
import { CACHE_OPTIONS, type CacheOptions } from './cache-options.js';
import { checkOptions } from '../host/checks.js';
import { checked } from '../host/integrity.js';
import { addressed, destination, redirected, REDIRECTS } from './redirects.js';
import type { Invalidation } from './shared-store.js';

/** How the cache behaves. Every field has a default. */
export interface CachingFetchOptions extends CacheOptions {
  /** What asks the origin server. Default: the global `fetch`. */
  fetch?: typeof fetch;
}

/** A `fetch` with a cache. */
export interface CachingFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Invalidates URLs, groups (RFC 9875) of an origin, or all of it. When it has settled, nobody who uses this cache is given
   * any of it unless the origin server was asked again.
   */
  invalidate(what: Invalidation): Promise<void>;
  /** Settles when everything is written that the requests so far have led to. */
  idle(): Promise<void>;
}

/** What has no digest: redirects, and what is stored being good. */
const UNCHECKED = [...REDIRECTS, 304];

/** How a request came. */
interface Sending {
  /** What says that nobody waits for it any more. */
  signal: AbortSignal | undefined;
  /** Whether its body is a stream, of which nobody keeps what was sent. */
  isStreamed: boolean;
  /** By which connections undici is to send it, wherever it leads. */
  dispatcher: unknown;
}

/**
 * A `fetch` with an HTTP cache around another: RFC 9111 with its extensions, private or shared. Each response says in
 * `Cache-Status` what became of the request.
 *
 * @throws CacheError with code `options`, naming the option that cannot be.
 * @example
 * import { cachingFetch } from 'keepfresh/node';
 *
 * const fetch = cachingFetch();
 * const first = await fetch('https://example.com/');
 * const second = await fetch('https://example.com/');
 * console.log(second.headers.get('cache-status')); // keepfresh; hit; ttl=…
 */
export function cachingFetch(given: CachingFetchOptions = {}): CachingFetch {
  checkOptions('cachingFetch', given, { fetch: 'function', ...CACHE_OPTIONS });
  const { fetch: send, ...options } = given;
  const cache = new Cache(options);
  const follow = async (request: Request, hops: number, sending: Sending): Promise<Response> => {
    const { signal, isStreamed, dispatcher } = sending;
    // Redirects are stored like any response, and followed through the cache; what is at their end is what has a digest.
    const { integrity } = request;
    const init = { redirect: 'manual', integrity: '', ...(dispatcher ? { dispatcher } : {}) } as RequestInit;
    const held = (answer: Response) =>
      integrity && !UNCHECKED.includes(answer.status) ? checked(answer, integrity) : answer;
    const origin = async (request: Request) => held(await (send ?? fetch)(request, init));
    // Before its body is read, for a redirect may have to send it again; what is streamed may be too long to be kept for that.
    const isSpared = request.redirect === 'follow' && request.body && !isStreamed;
    const spare = isSpared ? request.clone() : request;
    const { response: answer, failure, from } = await cache.exchange(request, origin, signal);
    if (failure) throw failure;
    const response = from === 'reply' ? answer : await held(answer);
    const location = REDIRECTS.includes(response.status) && response.headers.get('location');
    if (!location || request.redirect === 'manual')
      return addressed(signal ? until(signal, response) : response, request.url, hops > 0);
    discard(response);
    if (request.redirect === 'error' || hops === 20) {
      throw new TypeError(`${request.url} redirects ${hops === 20 ? 'more than 20 times' : 'and must not'}`);
    }
    return follow(redirected(spare, response.status, destination(location, request.url)), hops + 1, sending);
  };

  const cached = async (input: string | URL | Request, init?: RequestInit) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const { dispatcher } = (init ?? {}) as { dispatcher?: unknown };
    const isStreamed = Symbol.asyncIterator in Object(init?.body);
    const request = new Request(input, init);
    // What is here already (`data:`, `blob:`) has no cache.
    if (!/^https?:/.test(request.url)) return (send ?? fetch)(request);
    return follow(request, 0, { signal, isStreamed, dispatcher });
  };
  return Object.assign(cached, {
    idle: () => cache.idle(),
    invalidate: (what: Invalidation) => cache.invalidate(what),
  });
}

/** What is done when a body is gone that nobody has read to its end. */
const unread = new globalThis.FinalizationRegistry((release: () => void) => release());

/** A response whose body ends with an error when nobody waits any more, wherever it comes from (Fetch, "abort a fetch() call"). */
function until(signal: AbortSignal, response: Response): Response {
  if (!response.body) return response;
  const reader = response.body.getReader();
  let abort: () => void;
  const body = new ReadableStream({
    type: 'bytes',
    start(controller) {
      // A signal may be there for as long as the process is, and a body that nobody reads is gone before.
      const stream = new WeakRef(controller);
      abort = () => {
        stream.deref()?.error(signal.reason);
        void reader.cancel(signal.reason).catch(() => {});
      };
      signal.addEventListener('abort', abort, { once: true });
      const listener = abort;
      const release = () => signal.removeEventListener('abort', listener);
      unread.register(controller, release);
      reader.closed.then(release, release);
    },
    async pull(controller) {
      let read = await reader.read();
      while (read.value?.byteLength === 0) read = await reader.read();
      if (signal.aborted) return;
      // Its memory may be a pool's.
      if (!read.done) return controller.enqueue(new Uint8Array(read.value));
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  if (signal.aborted) abort!();
  return new Response(body, response);
}
