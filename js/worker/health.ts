// A version has to say that it is well (`confirmVersion` of its pages), where the site wants that. One that does not is
// taken back: its worker stays in charge, and shows the pages of the version before, until another one is deployed.

import type { CacheStore } from './cache-storage.js';
import { of, type Report } from '../host/host.js';
import { pageNamed } from './named.js';
import { bypass } from './send.js';
import { tellPages } from './progress.js';
import { changeVersions, pagesOf, readVersions, type Shown, type Versions } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

/** How many pages of a version are shown before one of them has said that it is well. */
const MOST = 3;

/** For how long a page that is still open may say nothing, in milliseconds. */
const PATIENCE = 20_000;

/**
 * The page of the version before, if this one was not well.
 *
 * @param names gives the URLs under which a page may be stored.
 * @param otherwise gives the worker's answer.
 */
export async function instead(
  store: CacheStore,
  event: FetchEvent,
  names: (url: string) => string[],
  otherwise: () => Promise<Report> | undefined,
): Promise<Report> {
  const found = await earlier(store, event.request, names).catch(() => undefined);
  if (found) return found;
  const answer = otherwise() ?? bypass(event.request);
  event.waitUntil(answer.then(({ response }) => note(store, event, names, response)).catch(() => {}));
  return answer;
}

/** The page of the version before, if this one is known not to be well, or is by now. */
async function earlier(
  store: CacheStore,
  { url }: Request,
  names: (url: string) => string[],
): Promise<Report | undefined> {
  const { trial } = await readVersions(store);
  let isBad = false;
  if (trial?.version === store.version && (await silent(trial.shown)) >= MOST)
    await changeVersions(store, ({ trial: now, ...versions }) => {
      // One of its pages may have said meanwhile that it is well.
      isBad = now?.version === store.version;
      return isBad ? { ...versions, bad: store.version } : undefined;
    });
  if (isBad) {
    const none = { done: 0, total: 0 };
    const reason = `none of the ${MOST} pages that were shown has said that it is well`;
    void tellPages({ version: store.version, state: 'rolled-back', files: none, bytes: none, reason });
  }
  const pages = await pagesOf(store);
  if (pages === store.pages) return undefined;
  const response = await pageNamed(store, pages, names(url), url);
  return response && { response, ...of('store', 'keepfresh; hit; detail=rolled-back') };
}

/** Notes that a page was shown while nobody has said that the version is well: so many writes, and no more, for each version. */
async function note(
  store: CacheStore,
  { request, resultingClientId }: FetchEvent,
  names: (url: string) => string[],
  shown: Response,
): Promise<void> {
  // A frame is part of a page, which may have to come first; what has no scripts says nothing, nor does an error, nor what is
  // fetched before anybody opens it.
  const isPage =
    resultingClientId && request.destination === 'document' && shown.headers.get('content-type')?.includes('html');
  const isWanted = ({ trial }: Versions) => trial?.version === store.version && trial.shown.length < 2 * MOST;
  if (!isPage || !shown.ok || !isWanted(await readVersions(store))) return;
  // Pages that a server makes are of no version.
  const own = await Promise.all(names(request.url).map((name) => store.match(store.pages, name)));
  if (!own.some(Boolean)) return;
  const one: Shown = [resultingClientId, Date.now()];
  await changeVersions(store, (versions) => {
    const { trial } = versions;
    return isWanted(versions) ? { ...versions, trial: { ...trial!, shown: [...trial!.shown, one] } } : undefined;
  });
}

/** How many pages had their time. Several that are opened at once have it at once; only one of them is what the next one replaces. */
async function silent(shown: Shown[]): Promise<number> {
  const young = shown.filter(([, at]) => Math.abs(Date.now() - at) < PATIENCE);
  const open = await Promise.all(young.map(([id]) => self.clients.get(id)));
  return shown.length - Math.max(0, open.filter(Boolean).length - 1);
}
