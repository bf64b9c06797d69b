// The scripts of a worker, which carry their digests in their names: a browser runs whatever it was given under these.

import { cacheError } from './error.js';
import { sha256 } from './list.js';
import { fetchPatiently } from './patience.js';
import { MARK } from './static-answer.js';

declare const self: ServiceWorkerGlobalScope;

const TRIES = 3;

/**
 * Verifies scripts that this worker runs on, by their paths in its scope. The browser has just fetched them: unless the host
 * forbids to keep them, it has them in its own cache.
 *
 * @throws if one is not what was built: then the version before goes on.
 */
export async function verifyScripts(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const url = self.registration.scope + path;
    const digest = await sha256(await fetchPatiently(url, {}, TRIES));
    if (digest.startsWith(path.split(MARK)[1]!.split('.')[0]!)) continue;
    // What the browser has kept of it would be run again by the next try.
    await fetch(url, { cache: 'reload' }).catch(() => {});
    throw cacheError('install', `${url} is not the file that was built`);
  }
}
