// What is remembered of versions: which were in charge, and with which one a tab was opened. It is one entry of a cache,
// replaced in one step, and written when a version takes over, and when a tab that was open then starts a worker: never because a
// page is shown.

import type { CacheStore } from './cache-storage.js';

/** What is remembered. */
export interface Versions {
  /** A version that was not well (`confirmVersion` of the page): the one before shows its pages instead. */
  bad?: string;
  /** Whether what was left for later is to be left alone. */
  paused?: boolean;
  /**
   * Those that were in charge, the latest last; since when another one is, in milliseconds; and whether one was not well,
   * and had the one before it show its pages.
   */
  served: { version: string; until?: number; isBad?: boolean }[];
  /** The version whose taking over is done with: what nobody needed any more is gone. */
  settled?: string;
  /** The version of each tab that was open when another one took over. */
  tabs: Record<string, string>;
  /** A version that has yet to say that it is well, and its pages that have been shown meanwhile. */
  trial?: { shown: Shown[]; version: string };
}

/** The client of a page, and when it was shown, in milliseconds since the epoch. */
export type Shown = [string, number];

const CACHE = 'versions';
const KEY = '/keepfresh-versions';

export function readVersions(store: CacheStore): Promise<Versions> {
  const read = async (): Promise<Versions> => {
    const stored = await store.match(store.prefix + CACHE, KEY);
    return { served: [], tabs: {}, ...parsed(await stored?.text()) };
  };
  // What cannot be read is asked for again the next time.
  const remembered = (store.remembered ??= read());
  remembered.catch(() => void (store.remembered === remembered && (store.remembered = undefined)));
  return remembered;
}

/** What a text says; nothing if it is damaged: it would be at each try. */
function parsed(text = ''): Partial<Versions> {
  try {
    const said = JSON.parse(text);
    return Array.isArray(said.served) && said.tabs ? said : {};
  } catch {
    return {};
  }
}

/** The same; what cannot be read is nothing. */
export const versionsIfAny = (store: CacheStore): Promise<Versions> =>
  readVersions(store).catch(() => ({ served: [], tabs: {} }));

/**
 * Changes what is remembered, after all changes that were begun before: of two that read the same, what the first has written
 * would be lost.
 *
 * @param edit gives what is to be remembered; nothing if that is so already.
 */
export function changeVersions(store: CacheStore, edit: (versions: Versions) => Versions | undefined): Promise<void> {
  const change = async () => {
    const next = edit(await readVersions(store));
    if (next) await writeVersions(store, next);
  };
  return (store.changing = store.changing.then(change, change));
}

async function writeVersions(store: CacheStore, versions: Versions): Promise<void> {
  store.remembered = Promise.resolve(versions);
  const cacheName = store.prefix + CACHE;
  const cache = await caches.open(cacheName);
  // See `clear` in missing.ts: a worker may have been stopped while it wrote this.
  if (!(await cache.match(KEY))) await cache.delete(KEY);
  const text = JSON.stringify(versions);
  await store.put(cacheName, KEY, new Response(text, { headers: { 'content-length': `${text.length}` } }));
}

/** Whether nothing is to be done any more for this version to be in charge. */
export const isSettled = (store: CacheStore, { settled }: Versions): boolean => settled === store.version;

/** The version before the one that is in charge. */
export const versionBefore = (store: CacheStore, { served }: Versions): string | undefined =>
  served.findLast(({ isBad, version }) => version !== store.version && !isBad)?.version;

/** Whose a request is; not known of one that opens a page. */
export const clientOf = new WeakMap<Request, string>();

/** Whether a request is of a tab that was opened with another version. */
export const isOld = async (store: CacheStore, request: Request): Promise<boolean> =>
  (await pagesOf(store, request)) !== store.pages;

/** The cache with the pages that a request means: those of the version that its tab was opened with. */
export async function pagesOf(store: CacheStore, request?: Request): Promise<string> {
  const versions = await versionsIfAny(store);
  const opened = versions.tabs[(request && clientOf.get(request)) ?? ''];
  const version = opened ?? (versions.bad === store.version ? versionBefore(store, versions) : undefined);
  return version ? `${store.prefix}pages:${version}` : store.pages;
}
