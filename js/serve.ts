// The events of a service worker, and who takes care of which.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import { activate, install } from './install.js';
import { Log } from './log.js';
import { writeRequest } from './machine.js';
import type { CacheOptions } from './options.js';
import { VALIDATORS } from './send.js';
import { addStaticRoutes } from './static-routes.js';
import { staticAnswer } from './static-answer.js';
import { createHost, lazyEngine } from './worker-host.js';
import type { Report } from './host.js';
import { forget } from './forgets.js';
import type { Parts } from './parts.js';
import { Journey } from './journey.js';

declare const self: ServiceWorkerGlobalScope;

/** What a worker is told about itself. */
export interface Serving extends Pick<
  CacheOptions,
  'budget' | 'memoryBytes' | 'precache' | 'staticRoutes' | 'version'
> {
  /** Gives the compiled routes (src/route/compiled.rs), once the module is there. */
  routes: () => string;
  parts: Parts | undefined;
}

/** How much routes keep where nobody says. */
const BUDGET = { maxBytes: 100e6, maxEntries: 5_000 };

/** Answers this service worker's requests. */
export function serve({
  budget,
  memoryBytes,
  parts,
  precache = '',
  routes,
  staticRoutes = true,
  version = '',
}: Serving): void {
  const { scope } = self.registration;
  const fates = (question: string) => engine().ask(question)!;
  const ledger = parts?.Ledger && new parts.Ledger(`keepfresh:${scope}`, { ...BUDGET, ...budget }, fates);
  const Kind = (memoryBytes && parts?.withMemory?.(CacheStore, memoryBytes)) || CacheStore;
  const store = new Kind(scope, version, ledger);
  const engine = lazyEngine(routes);
  const host = createHost(engine, store, precache);
  if (parts?.preload) host.send = parts.preload.sendOnce;
  const log = new Log();
  const stats = parts?.Stats && new parts.Stats(store, scope);
  // Routes that mean nothing are told of at once. A worker that is only started again has been asked before.
  if (!self.registration.active) engine();

  const begin = (request: Request) =>
    engine().begin(writeRequest(request, request.mode === 'navigate' ? VALIDATORS : undefined));
  const queue =
    parts?.Queue &&
    new parts.Queue(`${store.prefix}queue`, (request) => {
      const machine = begin(request);
      return machine && new Journey(host, machine, request).answer;
    });

  /** The answer to an event; nothing if the browser should go on without the worker. */
  const answer = (event: FetchEvent): Promise<Report> | undefined => {
    const { request } = event;
    const machine = begin(request);
    if (!machine) return undefined;
    parts?.preload?.note(event);
    const queued = queue?.answer(event, machine);
    if (queued) return queued;
    const journey = new Journey(host, machine, request);
    event.waitUntil(journey.done);
    if (queue) event.waitUntil(queue.notice(journey.answer));
    return journey.answer;
  };

  const onInstall = async (event: ExtendableEvent) => {
    await install(engine(), store, precache);
    if (staticRoutes) await addStaticRoutes(routes(), store, event);
  };
  const onActivate = async () => {
    // What the version before has turned on is turned off.
    await self.registration.navigationPreload?.[parts?.preload ? 'enable' : 'disable']();
    await activate(engine(), store);
  };
  self.addEventListener('install', (event) => event.waitUntil(onInstall(event)));
  self.addEventListener('activate', (event) => event.waitUntil(onActivate()));
  self.addEventListener('fetch', (event) => {
    try {
      const started = Date.now();
      const counts = stats?.answer(event.request);
      if (counts) return event.respondWith(counts);
      const report = staticAnswer(event.request, store, () => answer(event)) ?? answer(event);
      if (!report) return;
      const response = report.then((told) => {
        const took = Date.now() - started;
        log.add(event, told, took);
        if (stats) event.waitUntil(stats.add(told, took));
        return told.response;
      });
      // Whatever breaks here, the page gets what it would have without a worker.
      event.respondWith(response.catch((error) => (complain(error), fetch(event.request))));
    } catch (error) {
      complain(error); // Without an answer of ours the browser goes on by itself.
    }
  });
  self.addEventListener('message', (event) => {
    const { data, ports, source } = event;
    if (!(source instanceof Client)) return;
    const tell = (answer: unknown) => ports[0]?.postMessage(answer);
    if (data?.type === 'keepfresh:requests') tell(log.of(source.id));
    if (data?.type === 'keepfresh:activate') void self.skipWaiting();
    if (data?.type === 'keepfresh:invalidate') event.waitUntil(forget(host, store, data).then(tell));
  });
}

function complain(error: unknown): void {
  console.error('keepfresh: a request goes to the network:', error);
}
