// Files that come many at a time: a pack is one download, a Zstandard frame of at most a megabyte.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { download } from './download.js';
import { each, type File, headed, opener, storeBytes } from './file.js';
import type { Wanted } from './install.js';
import { type Coming, packPath, PACKS_AT_ONCE, sha256Of } from '../worker/list.js';
import { isOfBusy, isSilent } from './patience.js';
import { forgetMemory, unpack } from './unpack.js';

declare const self: ServiceWorkerGlobalScope;

/** What a request costs beside what it is for: as long as it takes, this many bytes could be sent. */
const REQUEST = 1000;

interface Pack {
  name: string;
  /** Bytes that are downloaded, and what comes of them. */
  size: number;
  length: number;
  files: File[];
}

/** How many files of a pack are stored at once: there may be thousands in it. */
const PUTS = 64;

/** Those that cannot be used, though there is a network, and until when they are not asked for again; in milliseconds. */
const useless = new Map<string, number>();

/** For how long a server that is busy is left alone. */
const PAUSE = 60_000;

/** Whether a server said nothing to one: then it says nothing to the others. */
let isQuiet = false;

/** Stores what is cheaper to have out of packs. Those files that are left. */
export async function fromPacks(
  _: Engine,
  store: CacheStore,
  files: File[],
  { coming, packs = '', progress }: Wanted,
): Promise<File[]> {
  const wanted = packs.split('\n').flatMap((line) => {
    const [name, size, length, lines] = line.split(' ');
    const pack = { name: name!, size: Number(size), length: Number(length), files: within(files, lines ?? '') };
    return isWorthIt(pack) && (useless.get(pack.name) ?? 0) < Date.now() ? [pack] : [];
  });
  const left = new Set(files);
  await each(wanted, PACKS_AT_ONCE, async (pack) => {
    if (isQuiet) return;
    try {
      await open(store, pack, coming, (file) => left.delete(file) && progress?.has(file));
    } catch (error) {
      console.warn(`keepfresh: the pack ${pack.name} cannot be used:`, error);
      if (!(error instanceof TypeError)) useless.set(pack.name, isOfBusy(error) ? Date.now() + PAUSE : Infinity);
      isQuiet ||= isSilent(error);
    }
  });
  forgetMemory();
  return [...left];
}

/** The files whose lines are among these: `0-9,12,…`. */
function within(files: File[], lines: string): File[] {
  const numbers = new Set<number>();
  for (const range of lines.split(',')) {
    const [first, last = first] = range.split('-').map(Number);
    for (let line = first!; line <= last!; line++) numbers.add(line);
  }
  return files.filter(({ line }) => numbers.has(line));
}

/** Whether what is wanted of a pack would cost more one by one. */
function isWorthIt({ size, length, files }: Pack): boolean {
  const alone = files.reduce((sum, { bytes }) => sum + REQUEST + (bytes * size) / length, 0);
  return alone > size + REQUEST;
}

/** Stores what is wanted of a pack, and tells of each file that was in it. */
async function open(
  store: CacheStore,
  { name, length, files }: Pack,
  coming: Coming | undefined,
  onStored: (file: File) => void,
): Promise<void> {
  const path = packPath(name);
  const { bytes: packed, response } = await download(store, path, coming?.get(path));
  // What has the name that it was built with has the files that were built into it.
  if (!(await sha256Of(packed)).startsWith(name)) throw new Error('it is not the file that was built');
  const [heads, bytes] = headed(unpack(packed, length));
  const byUrl = new Map(files.map((file) => [file.url, file]));
  const cacheOf = opener();
  let start = 0;
  // Taken in their order: where one begins is known when those before it have been taken.
  const one = async ([length, url, ...type]: string[]) => {
    const file = byUrl.get(self.registration.scope + url);
    const part = bytes.subarray(start, (start += Number(length)));
    if (!file) return;
    // One for which there is no room leaves the others alone.
    const storing = storeBytes(store, cacheOf, file, part, response, type.join(' '));
    await storing.then(() => onStored(file)).catch(() => {});
  };
  await each(heads, PUTS, one);
}
