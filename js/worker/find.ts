// Looks for what is served without a record: assets, pages, whatever is precached.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from './cache-storage.js';
import { pageNamed } from './named.js';
import { assetOf, bare } from './static-answer.js';
import { pagesOf } from './versions.js';

/** An asset; a page under this or another name (`page`, or `fallback` for that in `key`); or any file that was precached. */
export async function find(
  engine: Engine,
  store: CacheStore,
  kind: string,
  request: Request,
  key: string,
): Promise<Response | undefined> {
  if (kind === 'asset') return assetOf(store, request.url);
  const pages = await pagesOf(store, request);
  if (kind === 'precached' || kind === 'installed') {
    const found = (await store.match(pages, request)) ?? (await assetOf(store, request.url));
    return found ?? (kind === 'installed' ? store.match(pages, bare(request.url)) : undefined);
  }
  const url = kind === 'page' ? request.url : key;
  return pageNamed(store, pages, engine.ask(`page-names\n${url}`)!.split('\n'), kind === 'page' ? url : '');
}
