// The service worker's entry: one function, one options object.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import { cacheError } from './error.js';
import { activate, addStaticRoutes, install } from './install.js';
import { Log } from './log.js';
import { writeRequest } from './machine.js';
import type { CacheOptions } from './options.js';
import { VALIDATORS } from './send.js';
import { staticAnswer } from './static-answer.js';
import { createHost, lazyEngine } from './worker-host.js';
import type { Report } from './host.js';
import { Journey } from './journey.js';

export { type CacheError, type CacheErrorCode, isCacheError } from './error.js';
export type { CacheOptions, Route } from './options.js';

declare const self: ServiceWorkerGlobalScope;

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
  const { precache = '', routes, staticRoutes = true, version = '' } = options;
  const store = new CacheStore(self.registration.scope, version);
  const engine = lazyEngine(routes);
  const host = createHost(engine, store, precache);
  const log = new Log();
  const check = () => {
    const fault = engine().ask('fault');
    if (fault) throw cacheError('options', `the options cannot be used: ${fault}`);
  };
  // A worker that is only started again has been checked before.
  if (!self.registration.active) check();

  /** The answer to an event; nothing if the browser should go on without the worker. */
  const answer = (event: FetchEvent): Promise<Report> | undefined => {
    const { request } = event;
    const machine = engine().begin(writeRequest(request, request.mode === 'navigate' ? VALIDATORS : undefined));
    if (!machine) return undefined;
    const journey = new Journey(host, machine, request);
    event.waitUntil(journey.done);
    return journey.answer;
  };

  const onInstall = async (event: ExtendableEvent) => {
    check();
    await install(engine(), store, precache);
    if (staticRoutes) await addStaticRoutes(engine(), store, event);
  };
  self.addEventListener('install', (event) => event.waitUntil(onInstall(event)));
  self.addEventListener('activate', (event) => event.waitUntil(activate(engine(), store)));
  self.addEventListener('fetch', (event) => {
    try {
      const started = Date.now();
      const report = staticAnswer(event.request, store, () => answer(event)) ?? answer(event);
      if (!report) return;
      const response = report.then((told) => {
        log.add(event, told, Date.now() - started);
        return told.response;
      });
      // Whatever breaks here, the page gets what it would have without a worker.
      event.respondWith(response.catch((error) => (complain(error), fetch(event.request))));
    } catch (error) {
      complain(error); // Without an answer of ours the browser goes on by itself.
    }
  });
  self.addEventListener('message', (event) => {
    if (event.data?.type !== 'keepfresh:requests' || !(event.source instanceof Client)) return;
    event.ports[0]?.postMessage(log.of(event.source.id));
  });
}

function complain(error: unknown): void {
  console.error('keepfresh: a request goes to the network:', error);
}
