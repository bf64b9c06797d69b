// What was left for later when a version was installed, and what was lost since then: fetched a little at a time, at a low
// priority, while nothing else is to be done.

import type { Engine } from '../../target/wasm/keepfresh.js';
import { alone } from '../worker/alone.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { type File, filesOf } from './file.js';
import type { Wanted, Way } from './install.js';
import { fromAssets } from './leftovers.js';
import { storedLeft, storedList, storeList } from '../worker/list.js';
import { clear, missing } from './missing.js';
import { Progress } from '../worker/progress.js';
import { isSparing } from './sparing.js';
import { versionsIfAny } from '../worker/versions.js';
import { fetchEach } from './whole.js';

/** How many files are fetched at a time, where they do not come in packs. */
const BATCH = 8;
const AT_ONCE = 2;

/** What the server did not have right: it is not asked again while this worker runs. */
const givenUp = new Set<string>();

/** What was missing of a list when it was last looked at: of thousands of files, not each time that a few are fetched. */
let seen: { list: string; files: File[] } | undefined;

/** What could not be fetched: it keeps nothing behind it from being, and is tried again when nothing else is left. */
const putOff = new Set<string>();

/**
 * Fetches some of what is missing; how many files are missing then that can be had.
 *
 * @param isLost whether something is known to be missing that was there: else nobody looks where nothing was left.
 */
export async function fill(
  engine: Engine,
  store: CacheStore,
  wanted: Wanted,
  ways: Way[],
  isLost = false,
): Promise<number> {
  const list = await storedList(store);
  if (!list || (!isLost && (await storedLeft(store)) === 0)) return 0;
  const all = filesOf(engine, store, list);
  const look = async () => {
    const files = await missing(engine, store, all);
    // An install may be storing them just now.
    await alone(store, false, () => clear(store, files));
    const lacks = new Set(files);
    const stored = new Set(all.filter((file) => !lacks.has(file)).map(({ sha256 }) => sha256));
    const twins = files.filter(({ sha256 }) => stored.has(sha256));
    if (twins.length === 0) return files;
    const left = new Set(await fromAssets(store, twins));
    return files.filter((file) => !stored.has(file.sha256) || left.has(file));
  };
  const known = isLost || seen?.list !== list ? await look() : seen.files;
  seen = undefined;
  const files = known.filter(({ url }) => !givenUp.has(url));
  const isLater = (await versionsIfAny(store)).paused || (await isSparing(files));
  const now = isLater ? files.filter(({ need }) => need === '') : files;
  const progress = new Progress(store.version, all);
  progress.lacks(files);
  let left: File[] = [];
  if (now.length > 0) {
    await progress.tell('filling');
    left = await some(engine, store, now, { ...wanted, progress }, ways);
  }
  const hope = left.filter(({ url }) => !putOff.has(url)).length;
  if (hope > 0) {
    const [had, lacks] = [new Set(now), new Set(left)];
    seen = { list, files: files.filter((file) => !had.has(file) || lacks.has(file)) };
    return hope;
  }
  const stillLeft = await missing(engine, store, all);
  const refused = stillLeft.every(({ url }) => givenUp.has(url)) ? Date.now() : 0;
  const { length } = stillLeft;
  if (length !== (await storedLeft(store)) || (length && refused))
    await storeList(store, list, { left: length, refused });
  if (now.length > 0 && length === 0) await progress.tell('complete');
  return 0;
}

/** Fetches a pack, or a few files. Those that are left, and not given up. */
async function some(
  engine: Engine,
  store: CacheStore,
  files: File[],
  wanted: Wanted & { progress: Progress },
  ways: Way[],
): Promise<File[]> {
  // What is on this device already, then one pack.
  const local = ways.filter(({ isLocal }) => isLocal).map((way) => ({ way, packs: '' }));
  const far = ways.filter(({ isLocal }) => !isLocal);
  const packs = wanted.packs?.split('\n').flatMap((packs) => far.map((way) => ({ way, packs }))) ?? [];
  for (const { way, packs: pack } of [...local, ...packs]) {
    const left = await way.take(engine, store, files, { ...wanted, packs: pack, deltas: [] }).catch(() => files);
    if (left.length < files.length) return left;
  }
  const fresh = files.filter(({ url }) => !putOff.has(url));
  const batch = (fresh.length > 0 ? fresh : files).slice(0, BATCH);
  const left = new Set(files);
  await fetchEach(store, batch, AT_ONCE, 'low', (file, fault, isAway) => {
    if (!fault) wanted.progress.has(file);
    else (isAway ? putOff : givenUp).add(file.url);
    if (!isAway) left.delete(file);
  });
  return [...left];
}
