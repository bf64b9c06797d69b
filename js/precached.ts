// The worker script of a site that wants its pages and assets offline, and no more: they come from the version that is
// installed, and all else is the browser's. There is no engine in it, for nothing is to be decided.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import type { Report } from './host.js';
import type { Wanted } from './install.js';
import { loadInstaller } from './installer.js';
import { askForList, keepAsset } from './list.js';
import { lazyEngine } from './lazy-engine.js';
import { listen } from './listen.js';
import { staticAnswer } from './static-answer.js';
import { addStaticRoutes } from './static-routes.js';

declare const self: ServiceWorkerGlobalScope;

interface Options extends Wanted {
  fallback?: string;
  installer: string;
  staticRoutes?: boolean;
  version: string;
}

const { keepfreshOptions: options } = globalThis as unknown as { keepfreshOptions: Options };
const { fallback, installer, staticRoutes = true, version } = options;
const { scope } = self.registration;
const store = new CacheStore(scope, version);
const engine = lazyEngine(() => '');

/** What is on the network; an asset that had been lost is kept. */
async function fromNetwork(event: FetchEvent, isAsset: boolean): Promise<Report> {
  const response = await fetch(event.request);
  if (isAsset) event.waitUntil(keepAsset(engine(), store, event.request.url, response.clone()));
  return { response, from: 'network', age: '', status: 'keepfresh; fwd=uri-miss' };
}

/** A page of the version, under any of its names. */
async function found(url: string, status: string): Promise<Report | undefined> {
  for (const name of engine().ask(`page-names\n${url}`)!.split('\n')) {
    const response = await store.match(store.pages, name).catch(() => undefined);
    if (response) return { response, from: 'store', age: '', status };
  }
  return undefined;
}

/** Where neither the version nor the network has a page, the one for being offline. */
async function page(event: FetchEvent): Promise<Report> {
  const stored = await found(event.request.url, 'keepfresh; hit');
  if (stored) return stored;
  try {
    return await fromNetwork(event, false);
  } catch (error) {
    const instead = fallback && (await found(scope + fallback, 'keepfresh; fwd=uri-miss; detail=offline-fallback'));
    if (!instead) throw error;
    return instead;
  }
}

const heal = () => loadInstaller(installer).install(engine(), store, options);

listen({
  install: async (event) => {
    const coming = askForList(version, options);
    await loadInstaller(installer).install(engine(), store, { ...options, coming });
    if (staticRoutes) await addStaticRoutes('', store, event);
  },
  activate: async () => {
    const { activate } = loadInstaller(installer);
    // What an earlier version has turned on.
    await self.registration.navigationPreload?.disable().catch(() => {});
    await activate(engine(), store);
  },
  heal,
  answer: (event) => {
    const { method, mode, url } = event.request;
    const isPage = method === 'GET' && mode === 'navigate' && url.startsWith(scope);
    return staticAnswer(event.request, store, () => fromNetwork(event, true)) ?? (isPage ? page(event) : undefined);
  },
});
