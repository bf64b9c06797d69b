// Installing a version.
//
// A file is taken from where it costs least: from the version that is stored, from what another worker has left, out of a
// pack; or it is fetched. Every file is verified before it is stored. A version is there when all that it requires is: then
// its list is stored, in one step. If something required cannot be had, the install fails, the version before goes on, and
// the browser's next try takes up where this one stopped. What is optional or lazy never keeps a version from being there;
// fill.ts fetches it later.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { type Delta, pagesBefore } from './deltas.js';
import { alone } from '../worker/alone.js';
import { cacheError } from '../host/error.js';
import { each, type File, filesOf } from './file.js';
import { type Coming, isTextOf, listPath, storedList, storeList } from '../worker/list.js';
import { clear, missing } from './missing.js';
import { withRoom } from './old-versions.js';
import { Progress } from '../worker/progress.js';
import { verifyScripts } from '../worker/scripts.js';
import { askForRoom, isSparing } from './sparing.js';
import { fetchAndStore, fetchList, fetchOptional } from './whole.js';

/** How many files are fetched at once. Chromium lets an installing worker have three. */
const AT_ONCE = 6;

/** How often what is required is asked for. */
const TRIES = 3;

/** What a version consists of, and how it may be had. */
export interface Wanted {
  /** Its list. Default: the one that lies beside the worker's script under the version's name. */
  list?: string | undefined;
  /** Names what the site says in the fields of its responses. */
  fields?: string;
  /** The packs that there are, a line each: name, bytes, bytes unpacked, lines of the list, `l` if these are lazy. */
  packs?: string;
  /** What has been asked for already. */
  coming?: Coming;
  /** What leads from the version that is stored, if that has been looked for. */
  deltas?: Delta[];
  /** The versions from which there are deltas, a line each: version, bytes, the fingerprint in the name of what has them. */
  updates?: string;
  /** The paths of the scripts that the worker runs on, by what these are called in its world. */
  scripts?: Record<string, string>;
  /** Whether pages of it have to say that they are well. */
  isTried?: boolean;
  /** Is told of each file that is stored. */
  progress?: Progress;
}

/** A way in which files can be had. */
export interface Way {
  /** Whether they are on this device: then what can wait need not. */
  isLocal: boolean;
  /** Stores those files that can be had in this way; those that are left. */
  take(engine: Engine, store: CacheStore, files: File[], wanted: Wanted): Promise<File[]>;
}

/** Finds out more of how what is wanted may be had. */
export type LookUp = (store: CacheStore, wanted: Wanted) => Promise<Wanted>;

/**
 * Does the work of the `install` event, short of the static routes.
 *
 * @param ways those in which files can be had without being fetched one by one, the cheapest first.
 * @throws if something that the version requires cannot be had.
 */
export async function install(
  start: () => Engine,
  store: CacheStore,
  asked: Wanted,
  ways: Way[],
  lookUp: LookUp,
): Promise<void> {
  const room = askForRoom();
  const stored = await storedList(store);
  let progress = new Progress(store.version);
  try {
    // Before anything in them is run: what is damaged may do anything, and a decoder that is may never come to an end.
    await verifyScripts(asked.scripts ?? {});
    const engine = start();
    const wanted = await lookUp(store, asked);
    const list =
      wanted.list ??
      ((await isTextOf(stored, store.version))
        ? stored
        : await fetchList(store.version, wanted.coming?.get(listPath(store.version))));
    const all = filesOf(engine, store, list);
    progress = new Progress(store.version, all);
    const fetching = async () => {
      // Another install may have been stopped while this one waited for it.
      if (!stored && (await caches.has(store.pages))) await clear(store, await missing(engine, store, all));
      const left = await fetchAll(engine, store, all, { ...wanted, progress, room }, ways);
      // What is stored whole came with the fields that were noted then.
      const isNew = list !== stored;
      await storeList(store, list, { left, ...(isNew && { fields: wanted.fields ?? '' }) });
    };
    await alone(store, true, () => withRoom(engine, store, fetching, all));
    await progress.tell('ready');
  } catch (error) {
    await progress.tell('failed', (error as Error).message);
    throw error;
  }
}

/** Stores what is not stored yet. How many files are left for later. */
async function fetchAll(
  engine: Engine,
  store: CacheStore,
  all: File[],
  wanted: Wanted & { progress: Progress; room: Promise<StorageEstimate> },
  ways: Way[],
): Promise<number> {
  const { progress } = wanted;
  let files = await missing(engine, store, all);
  progress.lacks(files);
  void progress.tell();
  // Whoever has little to spend gets what is required and the pages that were there before, and the rest when there is more.
  const isLittle = await isSparing(files, wanted.room);
  const pages = isLittle && (await pagesBefore(store));
  const before = new Set((pages ? await (await caches.open(pages)).keys() : []).map(({ url }) => url));
  const isForLater = ({ need, url }: File) => need === 'l' || (isLittle && need !== '' && !before.has(url));
  // What is on this device already costs nothing.
  for (const way of ways) {
    const [now, later] = way.isLocal ? [files, []] : parted(files, isForLater);
    const left = now.length > 0 ? await way.take(engine, store, now, wanted).catch(() => now) : [];
    files = [...left, ...later];
    progress.lacks(files);
  }
  const [now, later] = parted(files, isForLater);
  const [required, optional] = parted(now, ({ need }) => need === 'o');
  await each(required, AT_ONCE, async (file) => {
    const fault = await fetchAndStore(store, file, TRIES);
    if (fault) throw cacheError('install', `the version needs ${file.url}, which ${fault} at the server`);
    progress.has(file);
  });
  return later.length + (await fetchOptional(store, optional, AT_ONCE, progress));
}

/** Those for which something holds, and the others. */
function parted(files: File[], holds: (file: File) => boolean): [File[], File[]] {
  return [files.filter((file) => !holds(file)), files.filter(holds)];
}
