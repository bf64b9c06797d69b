// The events of a service worker, and who takes care of which.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import { activate, install } from './install.js';
import { listen } from './listen.js';
import { writeRequest } from './machine.js';
import type { CacheOptions } from './options.js';
import { VALIDATORS } from './send.js';
import { addStaticRoutes } from './static-routes.js';
import { staticAnswer } from './static-answer.js';
import { lazyEngine } from './lazy-engine.js';
import { createHost } from './worker-host.js';
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
    await self.registration.navigationPreload?.[parts?.preload ? 'enable' : 'disable']().catch(() => {});
    await activate(engine(), store);
  };
  listen({
    install: onInstall,
    activate: onActivate,
    answer: (event) =>
      stats?.answer(event.request) ?? staticAnswer(event.request, store, () => answer(event)) ?? answer(event),
    told: (event, report, took) => stats && event.waitUntil(stats.add(report, took)),
    message: (event, tell) => {
      if (event.data?.type === 'keepfresh:invalidate') event.waitUntil(forget(host, store, event.data).then(tell));
    },
  });
}
