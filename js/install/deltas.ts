// All deltas that lead from the version that is stored to the one that is installed: one download (src/cli/updates.rs).

import type { CacheStore } from '../worker/cache-storage.js';
import { download } from './download.js';
import { headed } from './file.js';
import type { Wanted } from './install.js';
import { isTextOf, storedList } from '../worker/list.js';
import { MARK } from '../worker/static-answer.js';
import { type Renames, unpack } from './unpack.js';

/** A delta: the line of a file, that of the one it is made from in the list before, its bytes, and whether it has renames. */
export type Delta = [number, number, Uint8Array, Renames?];

/** Stands in the place of a line: this is the delta between the lists, and the number behind it the length of the new one. */
const LIST = -1;

/** No list has more bytes than this: nothing that an update says of itself is believed. */
const LONGEST = 32e6;

/** The pages of the latest other version that is stored whole. */
export async function pagesBefore(store: CacheStore): Promise<string | undefined> {
  const versions = await store.versions();
  for (const pages of versions.reverse()) {
    if (pages !== store.pages && (await storedList(store, pages).catch(() => ''))) return pages;
  }
  return undefined;
}

/** The deltas that lead from a version; none if none are told of, or they cannot be had. */
export async function deltasFrom(pages: string, store: CacheStore, { updates = '' }: Wanted): Promise<Delta[]> {
  const version = pages.slice(`${store.prefix}pages:`.length);
  try {
    const [, mark] = new RegExp(`^${version} .* (.*)`, 'm').exec(updates) ?? [];
    if (!mark) return [];
    const update = await download(store, `keepfresh/${version}${MARK}${mark}.update`);
    const [heads, bytes] = headed(update.bytes);
    let start = 0;
    return heads.map((numbers) => {
      const [line, old, length, front, shift] = numbers.map(Number) as [number, number, number, number?, number?];
      const part = bytes.subarray(start, (start += length));
      return [line, old, part, front === undefined ? front : [front, shift!]];
    });
  } catch (error) {
    console.warn(`keepfresh: the update from version ${version} cannot be used:`, error);
    return [];
  }
}

/** Adds what an update says of the list: then that need not be fetched. */
export async function withUpdate(store: CacheStore, wanted: Wanted): Promise<Wanted> {
  if (!wanted.updates || wanted.list !== undefined || (await storedList(store))) return wanted;
  const pages = await pagesBefore(store);
  const deltas = pages ? await deltasFrom(pages, store, wanted) : [];
  const [, length, delta] = deltas.find(([line]) => line === LIST) ?? [];
  let list: string | undefined;
  try {
    if (delta && length! <= LONGEST)
      list = new TextDecoder().decode(unpack(delta, length!, new TextEncoder().encode(await storedList(store, pages))));
    if (!(await isTextOf(list ?? '', store.version))) list = undefined;
  } catch {
    // The list is there by itself, too.
  }
  return { ...wanted, deltas, list };
}
