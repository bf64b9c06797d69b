// The worker script of a site that wants its pages and assets offline, and no more: they come from the version that is
// installed, and all else is the browser's. There is no engine in it, for nothing is to be decided.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import { failed, of, type Report } from '../host/host.js';
import type { Wanted } from '../install/install.js';
import { fillLater } from './later.js';
import { loadInstaller, scriptsOf } from './installer.js';
import { askAhead, keepAsset } from './list.js';
import { lazyEngine } from './lazy-engine.js';
import { listen } from './listen.js';
import { pageNamed } from './named.js';
import type { Parts } from './parts.js';
import { assetOf, bare, staticAnswer } from './static-answer.js';
import { addStaticRoutes } from './static-routes.js';
import { clientOf, pagesOf } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

interface Options extends Wanted {
  fallback?: string;
  /** What scripts fetch of the site's own files, by paths that begin where the scope ends. */
  fetched?: string[];
  folders?: string[];
  installer: string;
  runtime: string;
  staticRoutes?: boolean;
  version: string;
}

/** What pages load. What their scripts fetch is the browser's, but for files of the site. */
const FILES = ['font', 'image', 'json', 'manifest', 'script', 'style', 'worker'];

const { keepfreshOptions: options, keepfreshParts: { instead } = {} } = globalThis as unknown as {
  keepfreshOptions: Options;
  keepfreshParts?: Parts;
};
const { fallback, fetched = [], folders = [], installer, staticRoutes = true, version } = options;
const wanted: Wanted = { ...options, scripts: scriptsOf(options), isTried: instead !== undefined };
const { scope } = self.registration;
const store = new CacheStore(scope, version);
const engine = lazyEngine(() => '');

/** What is on the network, or that there is none; an asset that had been lost is kept. */
async function fromNetwork(event: FetchEvent, isAsset: boolean): Promise<Report> {
  try {
    const response = await fetch(event.request);
    if (isAsset) event.waitUntil(keepAsset(engine(), store, event.request.url, response.clone()));
    return { response, ...of('network', 'keepfresh; fwd=uri-miss') };
  } catch (error) {
    return failed(error);
  }
}

const names = (url: string) => engine().ask(`page-names\n${url}`)!.split('\n');

/** A page of the version; where neither that nor the network has it, the one for being offline. */
async function page(event: FetchEvent): Promise<Report> {
  const [pages, { url }] = [await pagesOf(store), event.request];
  const stored = await pageNamed(store, pages, names(url), url);
  if (stored) return { response: stored, ...of('store', 'keepfresh; hit') };
  const report = await fromNetwork(event, false);
  const instead = report.failure && fallback ? await pageNamed(store, pages, names(scope + fallback)) : undefined;
  return instead ? { response: instead, ...of('store', 'keepfresh; fwd=uri-miss; detail=offline-fallback') } : report;
}

/** A file that has no fingerprint in its name: the version's, or else what is on the network. */
async function file(event: FetchEvent): Promise<Report> {
  const { clientId, request } = event;
  clientOf.set(request, clientId);
  const pages = await pagesOf(store, request);
  const stored = (await store.match(pages, request)) ?? (await assetOf(store, request.url));
  if (stored) return { response: stored, ...of('store', 'keepfresh; hit') };
  const report = await fromNetwork(event, false);
  // Files have no query.
  const instead = report.failure ? await store.match(pages, bare(request.url)) : undefined;
  return instead ? { response: instead, ...of('store', 'keepfresh; fwd=uri-miss; detail=offline') } : report;
}

/** A page, or where this version is not well that of the one before. */
const well = (event: FetchEvent): Promise<Report> =>
  instead ? instead(store, event, names, () => page(event)) : page(event);

const fill = (isLost: boolean) => loadInstaller(installer).fill(engine(), store, wanted, isLost);

listen({
  scripts: wanted.scripts,
  store,
  install: async (event) => {
    const coming = await askAhead(store, wanted);
    await loadInstaller(installer).install(engine, store, { ...wanted, coming });
    if (staticRoutes) await addStaticRoutes('', store, folders, event);
  },
  activate: async () => {
    const { activate } = loadInstaller(installer);
    // What an earlier version has turned on.
    await self.registration.navigationPreload?.disable().catch(() => {});
    await activate(engine(), store, wanted);
  },
  later: (isNew) => fillLater(store, fill, isNew),
  hear: async (said) =>
    // Without routes there is nothing to explain, and no engine that could.
    said.type === 'keepfresh:explain' ? undefined : loadInstaller(installer).hear(engine(), store, wanted, said),
  answer: (event) => {
    const { cache, destination, headers, method, mode, url } = event.request;
    const isOwn = method === 'GET' && url.startsWith(scope) && !headers.has('range') && cache !== 'no-store';
    const isPage = isOwn && mode === 'navigate';
    const isFile =
      isOwn && (FILES.includes(destination) || fetched.includes(url.slice(scope.length).replace(/[?#].*/s, '')));
    return (
      staticAnswer(event.request, store, folders, () => (isPage ? well(event) : fromNetwork(event, true))) ??
      (isPage ? well(event) : isFile ? file(event) : undefined)
    );
  },
});
(globalThis as { keepfreshRuns?: boolean }).keepfreshRuns = true;
