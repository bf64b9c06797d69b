// The events of a service worker, and who takes care of which.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import { activate, install } from './install.js';
import { Log } from './log.js';
import { ask, writeRequest } from './machine.js';
import type { CacheOptions } from './options.js';
import { VALIDATORS } from './send.js';
import { addStaticRoutes } from './static-routes.js';
import { staticAnswer } from './static-answer.js';
import { createHost, lazyEngine } from './worker-host.js';
import type { Report } from './host.js';
import { forget } from './forgets.js';
import { type Parts, QUEUE } from './parts.js';
import { Journey } from './journey.js';

declare const self: ServiceWorkerGlobalScope;

/** What a worker is told about itself. */
export interface Serving extends Pick<CacheOptions, 'budget' | 'precache' | 'staticRoutes' | 'version'> {
  /** Gives the compiled routes (src/route/compiled.rs), once the module is there. */
  routes: () => string;
  parts: Parts | undefined;
}

/** How much routes keep where nobody says. */
const BUDGET = { maxBytes: 100e6, maxEntries: 5_000 };

/** Answers this service worker's requests. */
export function serve({ budget, parts, precache = '', routes, staticRoutes = true, version = '' }: Serving): void {
  const { scope } = self.registration;
  const fates = (question: string) => engine().ask(question)!;
  const ledger = parts?.Ledger && new parts.Ledger(`keepfresh:${scope}`, { ...BUDGET, ...budget }, fates);
  const store = new CacheStore(scope, version, ledger);
  const engine = lazyEngine(routes);
  const host = createHost(engine, store, precache);
  const log = new Log();
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
    if (queue && request.method !== 'GET' && ask(machine, 'extras').split(' ')[QUEUE]) {
      return queue.answer(event, machine);
    }
    const journey = new Journey(host, machine, request);
    event.waitUntil(journey.done);
    if (queue) event.waitUntil(queue.notice(journey.answer));
    return journey.answer;
  };

  const onInstall = async (event: ExtendableEvent) => {
    await install(engine(), store, precache);
    if (staticRoutes) await addStaticRoutes(routes(), store, event);
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
  if (queue) self.addEventListener('sync' as 'activate', (event) => queue.onSync(event));
  self.addEventListener('message', (event) => {
    const { data, ports, source } = event;
    if (!(source instanceof Client)) return;
    const tell = (answer: unknown) => ports[0]?.postMessage(answer);
    if (data?.type === 'keepfresh:requests') tell(log.of(source.id));
    if (data?.type === 'keepfresh:activate') void self.skipWaiting();
    const isForQueue = String(data?.type).startsWith('keepfresh:queue');
    if (isForQueue) event.waitUntil((queue?.onMessage(data.type) ?? Promise.resolve([])).then(tell));
    if (data?.type === 'keepfresh:invalidate') event.waitUntil(forget(host, store, data).then(tell));
  });
}

function complain(error: unknown): void {
  console.error('keepfresh: a request goes to the network:', error);
}
