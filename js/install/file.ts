// A file that is to be stored, and how it is when it did not come as such.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';

declare const self: ServiceWorkerGlobalScope;

/** A file of a version that is not stored yet. */
export interface File {
  /** How many bytes it has. */
  bytes: number;
  cache: string;
  /** Which line of the list it has. */
  line: number;
  /** `o` if the version can do without it for a while (optional), `l` if it is fetched later anyway (lazy). */
  need: string;
  sha256: string;
  /** Absolute. */
  url: string;
}

/** The files of a list, in its order. */
export function filesOf(engine: Engine, store: CacheStore, list: string, pages = store.pages): File[] {
  const { scope } = self.registration;
  const lines = engine.ask(`precache-files\n${list}`)!.split('\n').slice(0, -1);
  return lines.map((text, line) => {
    const [kind, bytes, sha256, need, url] = text.split('\t') as [string, string, string, string, string];
    const cache = kind === 'asset' ? store.assets : pages;
    return { bytes: Number(bytes), cache, line, need, sha256, url: scope + url };
  });
}

/** Fields that speak of the bytes that came, and of when. */
const OF_ANOTHER =
  'age content-digest content-disposition content-encoding content-length content-md5 content-range date digest etag expires last-modified link repr-digest use-as-dictionary vary'.split(
    ' ',
  );

/** Does something with each of many, so many at a time; no more of them once it fails with one. */
export async function each<T>(all: readonly T[], atOnce: number, act: (one: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < all.length) await act(all[next++]!);
  };
  const stop = (error: unknown) => {
    next = all.length;
    throw error;
  };
  await Promise.all(Array.from({ length: atOnce }, () => lane().catch(stop)));
}

/** Opens caches, each once. */
export function opener(): (name: string) => Promise<Cache> {
  const opened = new Map<string, Promise<Cache>>();
  return (name) => opened.get(name) ?? opened.set(name, caches.open(name)).get(name)!;
}

/**
 * Stores bytes, which have been verified, under a file's name.
 *
 * @param from what they were made out of: what its host says of all that it sends holds for them, too.
 */
export async function storeBytes(
  store: CacheStore,
  open: (name: string) => Promise<Cache>,
  file: File,
  bytes: Uint8Array<ArrayBuffer>,
  from: Response,
  type = from.headers.get('content-type'),
): Promise<void> {
  const headers = new Headers(from.headers);
  for (const name of OF_ANOTHER) headers.delete(name);
  if (type) headers.set('content-type', type);
  headers.set('content-length', `${bytes.length}`);
  // As a stream: of bytes Chromium makes a blob for each response, which takes half as long again.
  const source: UnderlyingDefaultSource = { start: (body) => (body.enqueue(bytes), body.close()) };
  const response = () => new Response(new ReadableStream(source), { headers });
  const cache = await open(file.cache);
  // Where there is no room, the store knows what can go.
  await cache.put(file.url, response()).catch(() => store.put(file.cache, file.url, response()));
}

/** A text that ends with an empty line, the lines of it taken apart at their spaces, and the bytes behind it. */
export function headed(bytes: Uint8Array<ArrayBuffer>): [string[][], Uint8Array<ArrayBuffer>] {
  const end = bytes.findIndex((byte, at) => byte === 10 && (at === 0 || bytes[at - 1] === 10));
  const lines = new TextDecoder().decode(bytes.subarray(0, end)).split('\n');
  return [lines.filter(Boolean).map((line) => line.split(' ')), bytes.subarray(end + 1)];
}
