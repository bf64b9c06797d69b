// The worker script of a site that wants its pages and assets offline, and no more: they come from the version that is
// installed, and all else is the browser's. There is no engine in it, for nothing is to be decided.

/// <reference lib="webworker" />
import { CacheStore } from './cache-storage.js';
import type { Report } from './host.js';
import type { Wanted } from './install.js';
import { fillLater } from './later.js';
import { loadInstaller, scriptsOf } from './installer.js';
import { askAhead, keepAsset } from './list.js';
import { lazyEngine } from './lazy-engine.js';
import { listen } from './listen.js';
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

/** What is on the network; an asset that had been lost is kept. */
async function fromNetwork(event: FetchEvent, isAsset: boolean): Promise<Report> {
  const response = await fetch(event.request);
  if (isAsset) event.waitUntil(keepAsset(engine(), store, event.request.url, response.clone()));
  return { response, from: 'network', age: '', status: 'keepfresh; fwd=uri-miss' };
}

const names = (url: string) => engine().ask(`page-names\n${url}`)!.split('\n');

/** A page of the version, under any of its names. */
async function found(url: string, status: string): Promise<Report | undefined> {
  const pages = await pagesOf(store);
  for (const name of names(url)) {
    const response = await store.match(pages, name).catch(() => undefined);
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

/** A file that has no fingerprint in its name: the version's, or else what is on the network. */
async function file(event: FetchEvent): Promise<Report> {
  const { clientId, request } = event;
  clientOf.set(request, clientId);
  const pages = await pagesOf(store, request);
  const answer = (response: Response, status: string) => ({ response, from: 'store', age: '', status });
  const stored = (await store.match(pages, request)) ?? (await assetOf(store, request.url));
  if (stored) return answer(stored, 'keepfresh; hit');
  try {
    return await fromNetwork(event, false);
  } catch (error) {
    // Files have no query.
    const instead = await store.match(pages, bare(request.url));
    if (!instead) throw error;
    return answer(instead, 'keepfresh; fwd=uri-miss; detail=offline');
  }
}

/** A page, or where this version is not well that of the one before. */
const well = (event: FetchEvent): Promise<Report> =>
  instead ? instead(store, event, names, () => page(event)) : page(event);

const fill = (isLost: boolean) => loadInstaller(installer).fill(engine(), store, wanted, isLost);

listen({
  scripts: wanted.scripts,
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
    const { destination, headers, method, mode, url } = event.request;
    const isOwn = method === 'GET' && url.startsWith(scope) && !headers.has('range');
    const isFile =
      isOwn && (FILES.includes(destination) || fetched.includes(url.slice(scope.length).replace(/[?#].*/s, '')));
    return (
      staticAnswer(event.request, store, folders, () => fromNetwork(event, true)) ??
      (isOwn && mode === 'navigate' ? well(event) : isFile ? file(event) : undefined)
    );
  },
});
(globalThis as { keepfreshRuns?: boolean }).keepfreshRuns = true;
