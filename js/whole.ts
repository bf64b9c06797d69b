// Files that are fetched as they are.

import type { CacheStore } from './cache-storage.js';
import { cacheError } from './error.js';
import { each, type File, opener, storeBytes } from './file.js';
import { listPath, sha256, storableFile } from './list.js';
import { fetchPatiently, isBusy } from './patience.js';

declare const self: ServiceWorkerGlobalScope;

/** How often the list is asked for. */
const TRIES = 3;

/** More bytes than that few lists have on their way. */
const LONGEST = 200_000;

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
    const response = await reach(url, { cache: mode, priority }, tries, bytes);
    if (response.status !== 200) {
      fault = `has status ${response.status}`;
    } else if ((await sha256(response.clone())) !== expected) {
      fault = 'does not have the bytes that were built';
    } else {
      const type = typeInsteadOf(response, url);
      if (type) await storeAs(store, file, response, type);
      else await store.put(cache, url, storableFile(own(response)));
      return '';
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

/** The list of a version, which is named by its digest. */
export async function fetchList(version: string, coming?: Promise<Response | undefined>): Promise<string> {
  const url = self.registration.scope + listPath(version);
  let fault = '';
  for (const cache of ['default', 'reload'] as const) {
    const response = (cache === 'default' && (await coming)) || (await reach(url, { cache }, TRIES));
    const digest = await sha256(response.clone()).catch(() => '');
    if (response.status === 200 && digest.startsWith(version)) return response.text();
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

/** What browsers refuse to run or to show as what it is, if its type says something else. */
const TYPES: [ending: RegExp, says: RegExp, type: string][] = [
  [/\.m?js$/, /javascript|ecmascript/, 'text/javascript'],
  [/\.css$/, /css/, 'text/css'],
  [/\.wasm$/, /wasm/, 'application/wasm'],
  [/\/$|\.html?$/, /html/, 'text/html'],
  [/\.svg$/, /svg/, 'image/svg+xml'],
];

/** The type that a response should have, if it has another one. */
function typeInsteadOf({ headers }: Response, url: string): string | undefined {
  const [, says, type] = TYPES.find(([ending]) => ending.test(url.split('?', 1)[0]!)) ?? [];
  return says?.test(headers.get('content-type') ?? '') === false ? type : undefined;
}

/** Stores a file that a server gave as something else: its bytes are those that were built. */
async function storeAs(store: CacheStore, file: File, response: Response, type: string): Promise<void> {
  console.warn(`keepfresh: ${file.url} came as ${response.headers.get('content-type')}, stored as ${type}`);
  const bytes = new Uint8Array(await response.clone().arrayBuffer());
  return storeBytes(store, opener(), file, bytes, response, type);
}
