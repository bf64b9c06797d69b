// Files that come many at a time: a pack is one download, a Zstandard frame of at most a megabyte.

import type { Engine } from '../target/wasm/keepfresh.js';
import type { CacheStore } from './cache-storage.js';
import { type File, headed, storeBytes } from './file.js';
import type { Wanted } from './install.js';
import { MARK } from './static-answer.js';
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

/** Stores what is cheaper to have out of packs. Those files that are left. */
export async function fromPacks(_: Engine, store: CacheStore, files: File[], { packs = '' }: Wanted): Promise<File[]> {
  const wanted = packs.split('\n').flatMap((line) => {
    const [name, size, length, lines] = line.split(' ');
    const pack = { name: name!, size: Number(size), length: Number(length), files: within(files, lines ?? '') };
    return isWorthIt(pack) ? [pack] : [];
  });
  const left = new Set(files);
  const lane = async () => {
    for (let pack = wanted.shift(); pack; pack = wanted.shift()) {
      try {
        for (const file of await open(store, pack)) left.delete(file);
      } catch (error) {
        console.warn(`keepfresh: the pack ${pack.name} cannot be used, its files are fetched one by one:`, error);
      }
    }
  };
  await Promise.all([lane(), lane()]);
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
  return files.length > 1 && alone > size + REQUEST;
}

/** Stores what is wanted of a pack; those files that were in it. */
async function open(store: CacheStore, { name, length, files }: Pack): Promise<File[]> {
  const response = await fetch(`${self.registration.scope}keepfresh/pack${MARK}${name}.pack`);
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  const [heads, bytes] = headed(unpack(new Uint8Array(await response.clone().arrayBuffer()), length));
  const byUrl = new Map(files.map((file) => [file.url, file]));
  const stored: File[] = [];
  let start = 0;
  const one = async ([length, url, ...type]: string[]) => {
    const file = byUrl.get(self.registration.scope + url);
    const part = bytes.subarray(start, (start += Number(length)));
    if (file && (await storeBytes(store, file, part, response, type.join(' ')))) stored.push(file);
  };
  await Promise.all(heads.map(one));
  return stored;
}
