// Files that are fetched as they are.

import type { CacheStore } from '../worker/cache-storage.js';
import { cacheError } from '../host/error.js';
import { each, type File, opener, storeBytes } from './file.js';
import { isTextOf, listPath, sha256, storableFile } from '../worker/list.js';
import { typeInsteadOf } from '../host/media-type.js';
import { fetchPatiently, isBusy, pause } from './patience.js';
import type { Progress } from '../worker/progress.js';

declare const self: ServiceWorkerGlobalScope;

/** How often the list is asked for. */
const TRIES = 3;

/** More bytes than that few lists have on their way. */
const LONGEST = 200_000;

/** Milliseconds after which what is optional keeps a version waiting no longer: Chromium gives an install five minutes. */
const PATIENCE = 90_000;

/** How many in a row may not be had before it is asked whether anything can. */
const MOST_FAILURES = 6;

/**
 * Fetches a file, a second time past the browser's own cache if the first was not it, and stores it.
 *
 * @param tries how often it is asked for where the network or the server refuses.
 * @returns what is wrong with it at the server; nothing if it is stored.
 * @throws if the server cannot be reached.
 */
export async function fetchAndStore(
  store: CacheStore,
  file: File,
  tries: number,
  priority: RequestPriority = 'auto',
): Promise<string> {
  const { bytes, cache, sha256: expected, url } = file;
  let fault = '';
  for (const mode of ['default', 'reload'] as const) {
    const response = await reach(url, { cache: mode, priority }, tries, bytes + 1);
    if (response.status !== 200) {
      fault = `has status ${response.status}`;
    } else if ((await sha256(response.clone())) !== expected) {
      fault = 'does not have the bytes that were built';
    } else {
      const type = typeInsteadOf(response, url);
      const storing = type ? storeAs(store, file, response, type) : store.put(cache, url, storableFile(own(response)));
      // What is required and finds no room may find some when it comes again.
      const isStored = await storing.then(
        () => true,
        (error) => (mode === 'reload' || tries < 2) && Promise.reject(error),
      );
      if (isStored) return '';
    }
  }
  return fault;
}

/**
 * Fetches files that can be done without: one that cannot be had keeps nobody from having the others.
 *
 * @param tell is told of each what is wrong with it, nothing if it is stored; and whether the server could not be reached for it.
 * @throws if that was so with several in a row, and the server gives nothing else: then the network is away, where it may have
 *   been something on the way that kept those back.
 */
export async function fetchEach(
  store: CacheStore,
  files: readonly File[],
  atOnce: number,
  priority: RequestPriority,
  tell: (file: File, fault: string, isAway: boolean) => void,
): Promise<void> {
  const list = self.registration.scope + listPath(store.version);
  let failures = 0;
  await each(files, atOnce, async (file) => {
    let isAway = false;
    const fault = await fetchAndStore(store, file, 1, priority).catch((error) => ((isAway = true), error.message));
    failures = isAway ? failures + 1 : 0;
    tell(file, fault, isAway);
    if (fault) console.warn(`keepfresh: ${file.url} is left for later: ${fault}`);
    if (isAway && failures % MOST_FAILURES === 0) await reach(list, { cache: 'no-store', method: 'HEAD' }, 1, 0);
  });
}

/** Fetches what a version can do without, for a while. How much of it is not there. */
export async function fetchOptional(
  store: CacheStore,
  files: readonly File[],
  atOnce: number,
  progress: Progress,
): Promise<number> {
  const left = new Set(files);
  let isLate = false;
  const inTime = fetchEach(store, files, atOnce, 'auto', (file, fault) => {
    if (!fault && left.delete(file)) progress.has(file);
    if (isLate) throw new Error('it takes long');
  });
  await Promise.race([inTime, pause(PATIENCE).then(() => (isLate = true))]).catch((error) =>
    console.warn('keepfresh: the rest is left for later:', error),
  );
  return left.size;
}

/** The list of a version, which is named by its digest. */
export async function fetchList(version: string, coming?: Promise<Response | undefined>): Promise<string> {
  const url = self.registration.scope + listPath(version);
  let fault = '';
  for (const cache of ['default', 'reload'] as const) {
    const response = (cache === 'default' && (await coming)) || (await reach(url, { cache }, TRIES));
    const list = await response.text().catch(() => '');
    if (response.status === 200 && (await isTextOf(list, version))) return list;
    fault = `status ${response.status}`;
  }
  throw incomplete(url, `it is not the list that was built (${fault})`);
}

/** A response, if the origin server can be reached and is well; the install goes on another time if it is not. */
async function reach(url: string, init: RequestInit, tries: number, bytes = LONGEST): Promise<Response> {
  const response = await fetchPatiently(url, init, tries, bytes).catch((error) => {
    throw incomplete(url, error.message);
  });
  if (isBusy(response)) throw incomplete(url, `status ${response.status}`);
  return response;
}

const incomplete = (url: string, reason: string) =>
  cacheError('install', `the install is not complete: ${url} could not be fetched: ${reason}`);

/** A response under its own URL. What was redirected is rebuilt: browsers refuse to show it as a page. */
export function own(response: Response): Response {
  return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
}

/** Stores a file that a server gave as something else: its bytes are those that were built. */
async function storeAs(store: CacheStore, file: File, response: Response, type: string): Promise<void> {
  console.warn(`keepfresh: ${file.url} should come as ${type}`);
  const bytes = new Uint8Array(await response.clone().arrayBuffer());
  return storeBytes(store, opener(), file, bytes, response, type);
}
