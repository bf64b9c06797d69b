// Pages, by any of the names that hosts give them.

import type { CacheStore } from './cache-storage.js';

/**
 * A page of a version, under any of its names (src/route/page.rs).
 *
 * @param url what is asked for. A page that only has the name of a folder (`/docs/` for `/docs`) is gone to, as hosts have browsers
 *   do: under the other name all that it refers to would be looked for one folder too high.
 */
export async function pageNamed(
  store: CacheStore,
  pages: string,
  names: string[],
  url = '',
): Promise<Response | undefined> {
  for (const name of names) {
    const page = await store.match(pages, name).catch(() => undefined);
    if (page) return url && name === `${names[0]}/` ? Response.redirect(name + new URL(url).search) : page;
  }
  return undefined;
}
