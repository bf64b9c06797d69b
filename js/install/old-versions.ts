// Which versions go, and with them the assets that only they had.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { type File, filesOf } from './file.js';
import { storedLeft, storedList } from '../worker/list.js';
import { readVersions, versionBefore, type Versions } from '../worker/versions.js';

declare const self: ServiceWorkerGlobalScope;

/** For how long a version stays that no tab needs any more, in milliseconds: a day. Somebody may go back to a page of it. */
const GRACE = 864e5;

/** How many versions stay for that reason at the most. */
const MOST = 4;

/** Whoever may show a version: tabs, and workers of theirs. Firefox has service workers among them. */
export async function open(): Promise<Client[]> {
  const clients = await self.clients.matchAll({ includeUncontrolled: true, type: 'all' });
  return clients.filter(({ url }) => url !== self.location.href);
}

/**
 * Removes what routes have kept, before this version was in charge, under the names of its files: what is installed is newer.
 * What has not changed since the version `before` may be what a server has made of it.
 */
export async function forgetKept(engine: Engine, store: CacheStore, before = ''): Promise<void> {
  if (!(await caches.has(`${store.kept}records`))) return;
  const digests = async (pages: string) => {
    const files = filesOf(engine, store, await storedList(store, pages), pages);
    return new Map(files.filter(({ cache }) => cache === pages).map(({ sha256, url }) => [url, sha256]));
  };
  const [old, own] = [await digests(`${store.prefix}pages:${before}`), await digests(store.pages)];
  await store.remove((await store.keys()).filter((key) => own.has(key) && own.get(key) !== old.get(key)));
}

/** Removes the versions that nobody needs any more. Those that somebody needs, if all others are gone. */
export async function forgetOld(engine: Engine, store: CacheStore): Promise<Set<string | undefined> | undefined> {
  const versions = await readVersions(store);
  const needed = neededVersions(store, versions, Date.now());
  const { installing, waiting } = self.registration;
  return (await remove(engine, store, versions, needed, () => installing || waiting)) ? needed : undefined;
}

/**
 * Does something for which there may be no room: then what can go does.
 *
 * @param files what this version consists of. Default: what its list says.
 */
export async function withRoom(
  engine: Engine,
  store: CacheStore,
  act: () => Promise<void>,
  files?: File[],
): Promise<void> {
  // Once: what is asked for meanwhile waits for it, and what has no room afterwards is not helped by it.
  let making: Promise<boolean> | undefined;
  const make = () => makeRoom(engine, store, files).catch(() => false);
  store.makeRoom = () => (making ??= make().finally(() => (store.makeRoom = undefined)));
  await act().finally(() => (store.makeRoom = undefined));
}

/**
 * Removes all versions but those that are shown, where there is no room for the one that is being installed.
 *
 * @param files what that consists of.
 * @returns whether there were any.
 */
async function makeRoom(engine: Engine, store: CacheStore, files?: File[]): Promise<boolean> {
  const versions = await readVersions(store);
  const { bad, served, tabs, trial } = versions;
  // What is on trial may be taken back.
  const shown = served.findLast(({ isBad, version }) => !isBad && version !== bad && version !== trial?.version);
  const needed = [store.version, served.at(-1)?.version, shown?.version, ...(await open()).map(({ id }) => tabs[id])];
  const before = (await store.versions()).length;
  // What is stored whole may wait, or be in charge without a note of it: there may have been no room for that, either.
  // Where this one is taking over, the next one needs what it has stored so far.
  const isNext = (pages: string) => (!files && self.registration.installing) || storedList(store, pages);
  await remove(engine, store, versions, new Set(needed), isNext, files);
  return (await store.versions()).length < before;
}

/**
 * Removes versions that were in charge, and those that never will be.
 *
 * @param isNext whether one of which it is not noted that it was in charge may be yet; gets the name of its pages.
 * @param files what this version consists of. Default: what its list says.
 * @returns whether all is removed.
 */
async function remove(
  engine: Engine,
  store: CacheStore,
  { served }: Versions,
  needed: Set<string | undefined>,
  isNext: (pages: string) => unknown,
  files?: File[],
): Promise<boolean> {
  const kept = new Set((files ?? []).map(({ url }) => url));
  // Where its own list is lost, nobody knows what this one needs.
  let isKnown = files !== undefined || (await storedLeft(store)) >= 0;
  for (const pages of await store.versions()) {
    const version = pages.slice(`${store.prefix}pages:`.length);
    if (!needed.has(version) && (served.some((one) => one.version === version) || !(await isNext(pages)))) {
      await caches.delete(pages);
      continue;
    }
    const list = await storedList(store, pages);
    // Of one that is being installed nobody knows yet what it needs.
    isKnown &&= list !== '' || pages === store.pages;
    for (const { url } of filesOf(engine, store, list)) kept.add(url);
  }
  if (!isKnown) return false;
  const assets = await caches.open(store.assets);
  for (const key of await assets.keys()) if (!kept.has(key.url)) await assets.delete(key);
  return true;
}

/**
 * The versions that somebody needs: the one in charge and the one before it (pages that were kept from visits may want its
 * assets), those of open tabs, and those whose time is not over. Where the clock was set back, it is not.
 */
function neededVersions(store: CacheStore, versions: Versions, now: number): Set<string | undefined> {
  const recent = versions.served.filter(({ until = now }) => now - until < GRACE).slice(-MOST);
  const before = versionBefore(store, versions);
  return new Set([store.version, before, ...Object.values(versions.tabs), ...recent.map((one) => one.version)]);
}
