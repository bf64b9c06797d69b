// A version has to say that it is well (`confirmVersion` of its pages), where the site wants that. One that does not is
// taken back: its worker stays in charge, and shows the pages of the version before, until another one is deployed.

import type { CacheStore } from './cache-storage.js';
import type { Report } from './host.js';
import { bypass } from './send.js';
import { tellPages } from './progress.js';
import { pagesOf, readVersions, writeVersions } from './versions.js';

/** How many pages of a version are shown before one of them has said that it is well. */
const MOST = 3;

/**
 * The page of the version before, if this one was not well.
 *
 * @param names gives the URLs under which a page may be stored.
 * @param otherwise gives the worker's answer.
 */
export async function instead(
  store: CacheStore,
  request: Request,
  names: (url: string) => string[],
  otherwise: () => Promise<Report> | undefined,
): Promise<Report> {
  const found = await earlier(store, request, names).catch(() => undefined);
  return found ?? otherwise() ?? bypass(request);
}

/**
 * Counts a page that is asked for while nobody has said that the version is well: so many writes, and no more, for each
 * version.
 */
async function earlier(
  store: CacheStore,
  { destination, url }: Request,
  names: (url: string) => string[],
): Promise<Report | undefined> {
  const { trial, ...versions } = await readVersions(store);
  // A frame is part of a page, which may have to come first.
  if (trial?.version === store.version && destination === 'document') {
    const isBad = trial.shown >= MOST;
    const next = isBad ? { bad: store.version } : { trial: { ...trial, shown: trial.shown + 1 } };
    await writeVersions(store, { ...versions, ...next });
    if (isBad) {
      const none = { done: 0, total: 0 };
      const reason = `none of the ${MOST} pages that were shown has said that it is well`;
      void tellPages({ version: store.version, state: 'rolled-back', files: none, bytes: none, reason });
    }
  }
  const pages = await pagesOf(store);
  if (pages === store.pages) return undefined;
  for (const name of names(url)) {
    const response = await store.match(pages, name);
    if (response) return { response, from: 'store', age: '', status: 'keepfresh; hit; detail=rolled-back' };
  }
  return undefined;
}
