// Files that are fetched as they are.

import type { CacheStore } from './cache-storage.js';
import { cacheError } from './error.js';
import type { File } from './file.js';
import { listPath, sha256 } from './list.js';

declare const self: ServiceWorkerGlobalScope;

/** Fetches a file, a second time past the browser's own cache if the first was not it, and stores it. */
export async function fetchAndStore(store: CacheStore, { cache, sha256: expected, url }: File): Promise<void> {
  let fault = '';
  for (const mode of ['default', 'reload'] as const) {
    const response = await reach(url, mode);
    if (response.status !== 200) {
      fault = `status ${response.status}`;
    } else if ((await sha256(response.clone())) !== expected) {
      fault = 'its bytes are not those that were built';
    } else {
      return store.put(cache, url, own(response));
    }
  }
  console.warn(`keepfresh: ${url} was not stored: ${fault}`);
}

/** The list of a version, which is named by its digest. */
export async function fetchList(version: string, coming?: Promise<Response | undefined>): Promise<string> {
  const url = self.registration.scope + listPath(version);
  let fault = '';
  for (const cache of ['default', 'reload'] as const) {
    const response = (cache === 'default' && (await coming)) || (await reach(url, cache));
    const isWhole = response.status === 200 && (await sha256(response.clone())).startsWith(version);
    if (isWhole) return response.text();
    fault = `status ${response.status}`;
  }
  throw incomplete(url, `it is not the list that was built (${fault})`);
}

/** A response, if the origin server can be reached and is well; the install goes on another time if it is not. */
async function reach(url: string, cache: RequestCache): Promise<Response> {
  const response = await fetch(url, { cache }).catch((error) => {
    throw incomplete(url, error.message);
  });
  const { status } = response;
  if (status >= 500 || status === 429) throw incomplete(url, `status ${status}`);
  return response;
}

const incomplete = (url: string, reason: string) =>
  cacheError('install', `the install is not complete: ${url} could not be fetched: ${reason}`);

/** A response under its own URL. What was redirected is rebuilt: browsers refuse to show it as a page. */
export function own(response: Response): Response {
  return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
}
