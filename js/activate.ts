// A version takes over: what it leaves behind of those before, and when these go.

import type { Engine } from '../target/wasm/keepfresh.js';
import type { CacheStore } from './cache-storage.js';
import { alone } from './alone.js';
import { pagesBefore } from './deltas.js';
import { filesOf } from './file.js';
import type { Wanted } from './install.js';
import { forgetOthers } from './leftovers.js';
import { storedList } from './list.js';
import { report } from './report.js';
import { isSettled, readVersions, versionBefore, type Versions, writeVersions } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

/** For how long a version stays that no tab needs any more, in milliseconds: a day. Somebody may go back to a page of it. */
const GRACE = 24 * 60 * 60 * 1000;

/** How many versions stay for that reason at the most. */
const MOST = 4;

/** Does the work of the `activate` event. Pages wait for it: what takes longer is done behind it. */
export async function activate(engine: Engine, store: CacheStore, { isTried }: Wanted): Promise<void> {
  const open = () => self.clients.matchAll({ includeUncontrolled: true, type: 'all' });
  const isNoted = await whole(async () => takeOver(store, await open(), isTried));
  await self.clients.claim();
  const rest = isNoted ? settle(engine, store) : Promise.resolve();
  void rest.then(() => report(engine, store, 'active')).catch(() => {});
}

/**
 * Does what the `activate` event did not come to, if it did not: browsers give it once, and may stop a worker in the middle of
 * it. WebKit does when the last tab is closed.
 */
export async function settleLate(engine: Engine, store: CacheStore, { isTried }: Wanted): Promise<void> {
  const versions = await readVersions(store).catch(() => undefined);
  if (!versions || isSettled(store, versions)) return;
  const isNoted = versions.served.at(-1)?.version === store.version;
  // Which of the tabs were opened before is not known any more.
  if (isNoted || (await whole(() => takeOver(store, undefined, isTried)))) await settle(engine, store);
}

/** Cleans up, unless a version is being installed: then that is left to whoever looks next. */
async function settle(engine: Engine, store: CacheStore): Promise<void> {
  const cleanUp = async () => {
    await forgetOld(engine, store, await readVersions(store));
    await forgetOthers();
    await store.ledger?.heal(store);
    await writeVersions(store, { ...(await readVersions(store)), settled: store.version });
  };
  await whole(() => alone(store, false, cleanUp));
}

/** Whether something could be done. If not, it is done another time. */
async function whole(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    console.warn('keepfresh: an earlier version could not be cleaned up:', error);
    return false;
  }
}

/**
 * Notes that this version is in charge now, and which tabs were opened with another.
 *
 * @param open those that are known to have been opened before; absent if that is not known any more.
 */
async function takeOver(store: CacheStore, open: readonly Client[] | undefined, isTried = false): Promise<void> {
  // While this one waited, the one before may have written.
  store.remembered = undefined;
  const { bad, paused = false, tabs, trial, ...noted } = await readVersions(store);
  const unnoted = noted.served.length > 0 ? undefined : await pagesBefore(store);
  const all = unnoted ? [{ version: unnoted.slice(`${store.prefix}pages:`.length) }] : noted.served;
  const served = all.map((one) => (one.version === bad ? { ...one, isBad: true } : one));
  const isSame = served.at(-1)?.version === store.version && bad !== store.version;
  // What has been shown until now. Another worker of the same version (its routes may be others) takes over from none, nor
  // does one that was there for a version that was taken back.
  const shown = served.findLast(({ isBad }) => !isBad)?.version;
  const before = shown === store.version ? undefined : shown;
  const ids = open?.map(({ id }) => id) ?? Object.keys(tabs);
  const pinned = ids.flatMap((id) => ((tabs[id] ?? before) ? [[id, tabs[id] ?? before] as [string, string]] : []));
  const now = Date.now();
  const others = served.filter(({ version }) => version !== store.version);
  const versions: Versions = {
    served: [...others.map((one) => ({ until: now, ...one })), { version: store.version }],
    tabs: Object.fromEntries(pinned.filter(([, version]) => version !== store.version)),
    ...(paused && { paused }),
    ...(isSame && trial && { trial }),
    ...(isTried && before !== undefined && { trial: { shown: [], version: store.version } }),
  };
  await writeVersions(store, versions);
}

/** Removes the versions that nobody needs any more, and the assets that only they had. */
async function forgetOld(engine: Engine, store: CacheStore, versions: Versions): Promise<void> {
  const needed = neededVersions(store, versions, Date.now());
  const { installing, waiting } = self.registration;
  const wasServed = new Set(versions.served.map(({ version }) => version));
  const nameOf = (pages: string) => pages.slice(`${store.prefix}pages:`.length);
  const isNeeded = (pages: string) => {
    const version = nameOf(pages);
    // One that was never in charge is going to be, or has been overtaken by another.
    return needed.has(version) || (!wasServed.has(version) && (installing || waiting));
  };
  const all = await store.versions();
  const gone = all.filter((pages) => !isNeeded(pages));
  for (const pages of gone) await caches.delete(pages);
  const kept = new Set<string>();
  for (const pages of all.filter(isNeeded)) {
    const list = await storedList(store, pages);
    // Of one that is being installed nobody knows yet what it needs.
    if (!list && pages !== store.pages) return;
    for (const { url } of filesOf(engine, store, list)) kept.add(url);
  }
  const assets = await caches.open(store.assets);
  for (const key of await assets.keys()) if (!kept.has(key.url)) await assets.delete(key);
  const served = versions.served.filter(({ version }) => needed.has(version));
  if (served.length < versions.served.length) await writeVersions(store, { ...(await readVersions(store)), served });
}

/**
 * The versions that somebody needs: the one in charge and the one before it (pages that were kept from visits may want its
 * assets), those of open tabs, and those whose time is not over. Where the clock was set back, it is not.
 */
function neededVersions(store: CacheStore, versions: Versions, now: number): Set<string> {
  const recent = versions.served.filter(({ until = now }) => now - until < GRACE).slice(-MOST);
  const before = versionBefore(store, versions);
  return new Set([
    store.version,
    ...(before ? [before] : []),
    ...Object.values(versions.tabs),
    ...recent.map((one) => one.version),
  ]);
}
