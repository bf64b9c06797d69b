// What a version takes over from the one that is stored: files that are the same under another name or in another cache,
// and those that a delta (RFC 9842) makes out of the old ones.

import type { Engine } from '../target/wasm/keepfresh.js';
import type { CacheStore } from './cache-storage.js';
import { type File, filesOf, headed, opener, storeBytes } from './file.js';
import type { Wanted } from './install.js';
import { sha256Of, storedFields, storedList } from './list.js';
import { MARK } from './static-answer.js';
import { forgetMemory, unpack } from './unpack.js';

declare const self: ServiceWorkerGlobalScope;

/** Stores what can be had from the version before. Those files that are left. */
export async function fromEarlier(
  engine: Engine,
  store: CacheStore,
  files: File[],
  { fields = '', updates = '' }: Wanted,
): Promise<File[]> {
  const pages = (await withList(store, await store.versions())).pop();
  if (!pages) return files;
  const before = filesOf(engine, store, await storedList(store, pages), pages);
  // Where the site says something else in the fields of its pages, an old page is none of this version.
  const isSame = (await storedFields(store, pages)) === fields;
  const mayUse = ({ cache }: File) => isSame || cache === store.assets;
  const left = new Set(files);

  const sameBytes = new Map(before.map((file) => [file.sha256, file]));
  for (const file of files.filter(mayUse)) {
    const old = sameBytes.get(file.sha256);
    const response = old && (await store.match(old.cache, old.url));
    if (!response) continue;
    await store.put(file.cache, file.url, response);
    left.delete(file);
  }

  const version = pages.slice(`${store.prefix}pages:`.length);
  const isTold = updates.split('\n').some((line) => line.split(' ')[0] === version);
  if (!isTold || left.size === 0) return [...left];
  const open = opener();
  try {
    const byLine = new Map([...left].filter(mayUse).map((file) => [file.line, file]));
    for (const [line, old, delta] of await fetchDeltas(version, store.version)) {
      const [file, from] = [byLine.get(line), before[old]];
      if (file && from && (await isMade(store, open, file, from, delta))) left.delete(file);
    }
  } catch (error) {
    console.warn(`keepfresh: the update from version ${version} cannot be used:`, error);
  }
  forgetMemory();
  return [...left];
}

/** The pages of other versions that are stored whole, in the order in which they came. */
async function withList(store: CacheStore, versions: string[]): Promise<string[]> {
  const whole: string[] = [];
  for (const pages of versions) if (pages !== store.pages && (await storedList(store, pages))) whole.push(pages);
  return whole;
}

/** All that turns a version into another: the line of a file, that of the one it is made from, and the delta. */
async function fetchDeltas(from: string, to: string): Promise<[number, number, Uint8Array][]> {
  const response = await fetch(`${self.registration.scope}keepfresh/${from}${MARK}${to}.update`);
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  const [heads, bytes] = headed(new Uint8Array(await response.arrayBuffer()));
  let start = 0;
  return heads.map(([line, old, length]) => {
    return [Number(line), Number(old), bytes.subarray(start, (start += Number(length)))];
  });
}

/** Makes a file out of an old one, and stores it; whether that went well. */
async function isMade(
  store: CacheStore,
  open: (name: string) => Promise<Cache>,
  file: File,
  from: File,
  delta: Uint8Array,
): Promise<boolean> {
  const reason = async () => {
    const response = await store.match(from.cache, from.url);
    if (!response) return 'what it is made from is not there any more';
    const old = new Uint8Array(await response.clone().arrayBuffer());
    const bytes = unpack(delta, file.bytes, old);
    if ((await sha256Of(bytes)) !== file.sha256) return 'something else came of its delta';
    return storeBytes(store, open, file, bytes, response);
  };
  const fault = await reason().catch((error) => error as Error);
  if (fault) console.warn(`keepfresh: ${file.url} is fetched another way:`, fault);
  return !fault;
}
