// The service worker's entry: one function, one options object.

/// <reference lib="webworker" />
import { initSync, Worker } from '../target/wasm/keepfresh.js';
import { routesAsText } from './options.js';
import { wasmBytes } from './wasm.js';

declare const self: ServiceWorkerGlobalScope;

/** Which requests a route answers, and how. Conditions that are absent hold for every request. */
export interface Route {
  /** Path of the URL; `*` stands for any run of characters. Without a leading `/` it is relative to the scope. */
  path?: string;
  /** `navigate`: only navigations. */
  mode?: 'navigate';
  /** What the response must be wanted for (`Request.destination`): one, or one of several. */
  destination?: RequestDestination | RequestDestination[];
  /** Who is asked, and in which order. */
  policy: 'cache-first' | 'network-first' | 'network-only' | 'stale-while-revalidate';
  /** A precached page to show when neither the network nor the cache has an answer. */
  fallback?: string;
  /** Freshness lifetime of responses that name none. Default: no end for `cache-first`, otherwise 0. */
  maxAgeSeconds?: number;
  /**
   * How long a stale response may be served while it is validated; a response's own
   * `stale-while-revalidate` can shorten it. Default: 0 for `cache-first`, otherwise no end.
   */
  staleSeconds?: number;
  /**
   * `respect` (default): a response's fields can make these terms stricter. `override`: they cannot,
   * `no-store` excepted; for servers that one cannot change.
   */
  headers?: 'respect' | 'override';
}

/** How the cache behaves. Every field has a default. */
export interface CacheOptions {
  /** The first route that matches answers. Default: none; only fingerprinted assets are answered. */
  routes?: Route[];
  /** What to fetch when the worker is installed: the text that `keepfresh build` writes. Default: nothing. */
  precache?: string;
  /** Names the version that `precache` belongs to. Default: empty. */
  version?: string;
  /** Lets the browser answer by itself what it can, without starting the worker. Default: `true`. */
  staticRoutes?: boolean;
}

/**
 * Answers this service worker's requests from an HTTP cache.
 *
 * Call it once, at the top level of the worker's script: a browser honours only those listeners
 * that are there when the script has first run.
 *
 * @throws {CacheError} with the code `options`, naming the option whose value means nothing.
 *
 * @example
 * import { serveFromCache } from 'keepfresh/service-worker';
 *
 * serveFromCache({
 *   routes: [
 *     { path: 'data/*', policy: 'stale-while-revalidate' },
 *     { mode: 'navigate', policy: 'network-first', fallback: 'offline.html' },
 *   ],
 * });
 */
export function serveFromCache(options: CacheOptions = {}): void {
  initSync({ module: wasmBytes() });
  const worker = new Worker(self.registration.scope, routesAsText(options.routes), options);
  // A worker that is only started again has been checked before.
  if (!self.registration.active) worker.check();
  const { broken, report } = watchForTraps();

  self.addEventListener('install', (event) => {
    worker.check();
    event.waitUntil(worker.install(event));
  });
  self.addEventListener('activate', (event) => event.waitUntil(worker.activate()));
  self.addEventListener('fetch', (event) => {
    try {
      const answer = broken.trap ? undefined : worker.respond(event);
      // A trap while the answer was under way leaves it without an end.
      if (answer) event.respondWith(Promise.race([answer, broken.promise.then(() => fetch(event.request))]));
    } catch (error) {
      report(error); // Without an answer of ours the browser goes on by itself.
    }
  });
  self.addEventListener('message', (event) => {
    if (event.data?.type !== 'keepfresh:requests' || !(event.source instanceof Client)) return;
    event.ports[0]?.postMessage(worker.requests(event.source.id));
  });
}

/** A fault in the cache must never be a fault in the page: after a trap in wasm, nothing is answered any more. */
function watchForTraps() {
  let settle: () => void;
  const promise = new Promise<void>((resolve) => (settle = resolve));
  const broken = { promise, trap: false };
  const report = (error: unknown) => {
    console.error('keepfresh: stopped answering; requests go to the network.', error);
    broken.trap = true;
    settle();
  };
  self.addEventListener('unhandledrejection', ({ reason }) => {
    if (reason instanceof WebAssembly.RuntimeError) report(reason);
  });
  return { broken, report };
}

/** What went wrong. New codes may be added in a minor release. */
export type CacheErrorCode = 'install' | 'options' | 'store' | (string & {});

/** An error thrown by the cache. Tell them apart by `code`, not by `message`. */
export interface CacheError extends Error {
  name: 'KeepfreshError';
  code: CacheErrorCode;
}

/** Whether `value` was thrown by the cache. */
export function isCacheError(value: unknown): value is CacheError {
  return value instanceof Error && value.name === 'KeepfreshError';
}
