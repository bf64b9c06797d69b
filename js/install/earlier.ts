// What a version takes over from the one that is stored: files that are the same under another name or in another cache,
// and those that a delta (RFC 9842) makes out of the old ones.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { deltasFrom, pagesBefore } from './deltas.js';
import { each, type File, filesOf, headed, opener, storeBytes } from './file.js';
import type { Wanted } from './install.js';
import { sha256Of, storedFields, storedList } from '../worker/list.js';
import { typeInsteadOf } from '../host/media-type.js';
import { forgetMemory, type Renames, unpack } from './unpack.js';

/** How many files are copied at once. */
const AT_ONCE = 16;

/** Stores what can be had from the version before. Those files that are left. */
export async function fromEarlier(engine: Engine, store: CacheStore, files: File[], wanted: Wanted): Promise<File[]> {
  const pages = await pagesBefore(store);
  if (!pages) return files;
  const before = filesOf(engine, store, await storedList(store, pages), pages);
  // Where the site says something else in the fields of its pages, an old page is none of this version.
  const isSame = (await storedFields(store, pages)) === wanted.fields;
  const mayUse = ({ cache }: File) => isSame || cache === store.assets;
  const left = new Set(files);
  const open = opener();
  const done = (file: File) => left.delete(file) && wanted.progress?.has(file);

  const sameBytes = new Map(before.map((file) => [file.sha256, file]));
  const sameFile = new Map(before.map((file) => [file.sha256 + file.url, file]));
  await each(files.filter(mayUse), AT_ONCE, async (file) => {
    const old = sameFile.get(file.sha256 + file.url) ?? sameBytes.get(file.sha256);
    if (old && (await isCopied(store, open, file, old).catch(() => false))) done(file);
  });

  if (left.size === 0) return [];
  const byLine = new Map([...left].filter(mayUse).map((file) => [file.line, file]));
  for (const [line, old, delta, renames] of wanted.deltas ?? (await deltasFrom(pages, store, wanted))) {
    const [file, from] = [byLine.get(line), before[old]];
    if (file && from && (await isMade(store, open, file, from, delta, renames))) done(file);
  }
  forgetMemory();
  return [...left];
}

/** Stores an old file once more; whether it was there. */
async function isCopied(
  store: CacheStore,
  open: (name: string) => Promise<Cache>,
  file: File,
  old: File,
): Promise<boolean> {
  // Under another URL it must not keep the one that it had: by that, what it loads would be looked for beside it.
  const find = async () => {
    const response = await store.match(old.cache, old.url);
    return response && old.url !== file.url ? new Response(response.body, { headers: response.headers }) : response;
  };
  const [cache, response] = [await open(file.cache), await find()];
  // Of two files with the same bytes each has a type of its own.
  if (!response || typeInsteadOf(response, file.url)) return false;
  // Where there is no room, the store knows what can go.
  await cache.put(file.url, response).catch(async () => store.put(file.cache, file.url, (await find())!));
  return true;
}

/** Makes a file out of an old one, and stores it; whether that went well. */
async function isMade(
  store: CacheStore,
  open: (name: string) => Promise<Cache>,
  file: File,
  from: File,
  delta: Uint8Array,
  renames?: Renames,
): Promise<boolean> {
  const reason = async () => {
    const response = await store.match(from.cache, from.url);
    if (!response) return 'what it is made from is gone';
    const old = new Uint8Array(await response.clone().arrayBuffer());
    const bytes = unpack(delta, file.bytes, old, renames);
    if ((await sha256Of(bytes)) !== file.sha256) return 'its delta is damaged';
    return storeBytes(store, open, file, bytes, response);
  };
  const fault = await reason().catch((error) => error as Error);
  if (fault) console.warn(`keepfresh: ${file.url} is fetched another way:`, fault);
  return !fault;
}
