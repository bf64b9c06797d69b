// A version takes over, and cleans up after those before.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { alone } from '../worker/alone.js';
import { pagesBefore } from './deltas.js';
import type { Wanted } from './install.js';
import { forgetOthers } from './leftovers.js';
import { forgetKept, forgetOld, open, withRoom } from './old-versions.js';
import { report } from './report.js';
import { changeVersions, isSettled, readVersions, type Versions } from '../worker/versions.js';

declare const self: ServiceWorkerGlobalScope;

/** Does the work of the `activate` event. Pages wait for it: what takes longer is done behind it. */
export async function activate(engine: Engine, store: CacheStore, { isTried }: Wanted): Promise<void> {
  const isNoted = await whole(async () => takeOver(engine, store, await open(), isTried));
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
  if (isNoted || (await whole(() => takeOver(engine, store, undefined, isTried)))) await settle(engine, store);
}

/** Cleans up, unless a version is being installed: then that is left to whoever looks next. */
async function settle(engine: Engine, store: CacheStore): Promise<void> {
  const cleanUp = async () => {
    const needed = await forgetOld(engine, store);
    await forgetOthers();
    // It is only an opinion: a browser may refuse it for ever.
    await store.ledger?.heal(store).catch(() => {});
    await changeVersions(store, ({ served, ...versions }) => ({
      ...versions,
      served: needed ? served.filter(({ version }) => needed.has(version)) : served,
      settled: store.version,
    }));
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
 * @param clients those that are known to have been opened before; absent if that is not known any more.
 */
async function takeOver(
  engine: Engine,
  store: CacheStore,
  clients: readonly Client[] | undefined,
  isTried = false,
): Promise<void> {
  // While this one waited, the one before may have written.
  store.remembered = undefined;
  const before = await readVersions(store);
  const unnoted = before.served.length > 0 ? undefined : await pagesBefore(store);
  const known = unnoted ? [{ version: unnoted.slice(`${store.prefix}pages:`.length) }] : [];
  const taken = (versions: Versions) => takenOver(store, known, versions, clients, isTried);
  const [, shown] = taken(before);
  // That takes its time, in which pages may say something.
  if (shown !== store.version) await forgetKept(engine, store, shown);
  const note = () => changeVersions(store, (versions) => taken(versions)[0]);
  // Where there is no room for the note, there is once what nobody needs by it is gone: if it says all that somebody needs.
  await (clients ? withRoom(engine, store, note) : note());
}

/** What is remembered then, and which version has been shown last until now. */
function takenOver(
  store: CacheStore,
  known: Versions['served'],
  { bad, paused = false, tabs, trial, ...noted }: Versions,
  clients: readonly Client[] | undefined,
  isTried: boolean,
): [Versions, string | undefined] {
  const served = [...known, ...noted.served].map((one) => (one.version === bad ? { ...one, isBad: true } : one));
  const isSame = served.at(-1)?.version === store.version && bad !== store.version;
  // What has been shown until now. Another worker of the same version (its routes may be others) takes over from none, nor
  // does one that was there for a version that was taken back.
  const shown = served.findLast(({ isBad }) => !isBad)?.version;
  const before = shown === store.version ? undefined : shown;
  const ids = clients?.map(({ id }) => id) ?? Object.keys(tabs);
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
  return [versions, shown];
}
