// The events of a service worker, and who takes care of which.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import type { Wanted } from '../install/install.js';
import type { Installer } from '../install/installs.js';
import { fillLater } from './later.js';
import { askAhead } from './list.js';
import { listen } from './listen.js';
import { writeRequest } from '../host/machine.js';
import type { CacheOptions } from '../host/options.js';
import { VALIDATORS } from './send.js';
import { addStaticRoutes } from './static-routes.js';
import { staticAnswer } from './static-answer.js';
import { lazyEngine } from './lazy-engine.js';
import { createHost } from './worker-host.js';
import type { Machine } from '../../target/wasm/keepfresh.js';
import type { Host, Report } from '../host/host.js';
import { forget } from '../host/forgets.js';
import type { Parts } from './parts.js';
import { Journey } from '../host/journey.js';
import { clientOf } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

/** What a worker is told about itself. */
export interface Serving extends Pick<CacheOptions, 'budget' | 'memoryBytes' | 'staticRoutes' | 'version'> {
  /** Gives the compiled routes (src/route/compiled.rs), once the module is there. */
  routes: () => string;
  parts: Parts | undefined;
  /** Folders of the scope in which all files are named after their bytes by a bundler, and such files in others. */
  folders?: string[];
  /** What is to be installed. */
  wanted: Wanted;
  /** Gives what installs versions, in an event of the worker. */
  installer: () => Installer;
}

/** How much routes keep where nobody says. */
const BUDGET = { maxBytes: 100e6, maxEntries: 5_000 };

/** Answers this service worker's requests. */
export function serve({
  budget,
  folders = [],
  installer,
  memoryBytes,
  parts,
  routes,
  staticRoutes = true,
  version = '',
  wanted: given,
}: Serving): void {
  const wanted = { ...given, isTried: parts?.instead !== undefined };
  const { scope } = self.registration;
  const fates = (question: string) => engine().ask(question)!;
  const Kind = (memoryBytes && parts?.withMemory?.(CacheStore, memoryBytes)) || CacheStore;
  const storeOf = (partition = '') => {
    const name = `keepfresh:${scope}${partition}`;
    return new Kind(
      scope,
      version,
      parts?.Ledger && new parts.Ledger(name, { ...BUDGET, ...budget }, fates),
      partition,
    );
  };
  const store = storeOf();
  const engine = lazyEngine(routes);
  const hostOf = (store: CacheStore) => {
    const host = createHost(engine, store);
    if (parts?.preload) host.send = parts.preload.sendOnce;
    host.apart = parts?.apart;
    return host;
  };
  const host = hostOf(store);
  const stats = parts?.Stats && new parts.Stats(store, scope);
  // Routes that mean nothing are told of at once. A worker that is only started again has been asked before.
  if (!self.registration.active) engine();

  const begin = (request: Request, digest = '') =>
    engine().begin(writeRequest(request, request.mode === 'navigate' ? VALIDATORS : undefined, digest));
  const queue =
    parts?.Queue &&
    new parts.Queue(`${store.prefix}queue`, (request) => {
      const machine = begin(request);
      return machine && new Journey(host, machine, request);
    });
  /** A request, from the store to the network and back. */
  const follow = (event: FetchEvent, host: Host, machine: Machine, request = event.request) => {
    const journey = new Journey(host, machine, request);
    event.waitUntil(journey.done);
    return journey.answer;
  };
  const open = (id: string) => hostOf(storeOf(`of:${id}:`));
  const keys = parts?.Keys && new parts.Keys({ main: host, open, begin, follow });

  /** The answer to an event; nothing if the browser should go on without the worker. */
  const answer = (event: FetchEvent): Promise<Report> | undefined => {
    const { request } = event;
    if (request.mode !== 'navigate') clientOf.set(request, event.clientId);
    const machine = begin(request);
    if (!machine) return undefined;
    parts?.preload?.note(event);
    const queued = queue?.answer(event, machine);
    if (queued) return queued;
    const whole = () => keys?.answer(event, machine) ?? follow(event, host, machine);
    const report = parts?.compose?.(event, machine, { begin, follow, host, scope, whole }) ?? whole();
    if (queue) event.waitUntil(queue.notice(report));
    return report;
  };

  const fill = (isLost: boolean) => installer().fill(engine(), store, wanted, isLost);
  const onInstall = async (event: ExtendableEvent) => {
    const coming = await askAhead(store, wanted);
    await installer().install(engine, store, { ...wanted, coming });
    if (staticRoutes) await addStaticRoutes(routes(), store, folders, event);
  };
  const onActivate = async () => {
    const { activate } = installer();
    // What the version before has turned on is turned off.
    const preloads = parts?.preload?.isSound(navigator.userAgent) ? 'enable' : 'disable';
    await self.registration.navigationPreload?.[preloads]().catch(() => {});
    await activate(engine(), store, wanted);
  };
  const names = (url: string) => engine().ask(`page-names\n${url}`)!.split('\n');
  /** The same, or where this version is not well the page of the one before. */
  const answerWell = (event: FetchEvent) => {
    const { instead } = parts ?? {};
    const isPage = event.request.mode === 'navigate' && event.request.method === 'GET';
    return instead && isPage ? instead(store, event, names, () => answer(event)) : answer(event);
  };
  listen({
    scripts: wanted.scripts,
    store,
    install: onInstall,
    activate: onActivate,
    answer: (event) =>
      stats?.answer(event.request) ??
      staticAnswer(event.request, store, folders, () => answerWell(event)) ??
      answerWell(event),
    later: (isNew) => fillLater(store, fill, isNew),
    hear: async (said) => installer().hear(engine(), store, wanted, said),
    told: (event, report, took) => stats && event.waitUntil(stats.add(report, took)),
    message: (event, tell) => {
      if (event.data?.type !== 'keepfresh:invalidate') return;
      const all = Promise.all([forget(host, event.data), keys?.forget(event.data) ?? 0]);
      event.waitUntil(all.then(([own, others]) => tell(own + others)).catch(() => tell(NaN)));
    },
  });
}
