// The page's side of what a worker would do with a request.

import { askWorker } from './ask.js';
import type { Explanation } from '../install/explanation.js';

/**
 * What the worker would do with a request, and why; nothing is sent, and nothing is stored.
 *
 * @param init as for `fetch`, and what the request is wanted for (`destination`), or `mode: 'navigate'` for a page.
 * @returns `undefined` if no worker controls this page, or it has no routes (`precache.only`).
 *
 * @example
 * const { answer, network, offline } = (await explain('data/news.json'))!;
 * console.log(answer?.cacheStatus); // keepfresh; hit; ttl=52
 */
export async function explain(
  url: string | URL,
  init: {
    cache?: RequestCache;
    destination?: RequestDestination;
    headers?: HeadersInit;
    method?: string;
    mode?: RequestMode;
  } = {},
): Promise<Explanation | undefined> {
  const { cache = 'default', destination = '', method = 'GET', mode = 'cors' } = init;
  const asked = {
    url: new URL(url, document.baseURI).href.split('#', 1)[0]!,
    method: method.toUpperCase(),
    mode,
    destination: mode === 'navigate' ? 'document' : destination,
    cache,
    headers: [...new Headers(init.headers)],
  };
  return askWorker({ type: 'keepfresh:explain', asked }, undefined as Explanation | undefined, 10);
}
