// The page's entry: registers the worker, tells what it did for this page, and has it forget things.

import { storeAgainWhenIdle } from './page/again.js';
import { askWorker } from './page/ask.js';
import { container } from './page/container.js';
import { fillUp } from './page/filling.js';
import { healWhenIdle } from './page/heal.js';
import { recover } from './page/unrecoverable.js';
export { onUpdate, onUpdated, type Update } from './page/updates.js';
export { discardQueued, onQueue, queued, sendQueued, type Queued, type QueueEvent } from './page/queued.js';
export { type Counts, type Source, stats } from './page/counted.js';
export { explain } from './page/explained.js';
export type { Explanation, Foretold } from './install/explanation.js';
export { partition } from './page/partition.js';
export { warm, type Warmed } from './page/warm.js';
export { type RequestReport, watchRequests } from './page/watch-requests.js';
export {
  confirmVersion,
  pauseDownloads,
  resumeDownloads,
  type VersionReport,
  watchVersions,
} from './page/watch-versions.js';

/**
 * Registers the worker.
 *
 * @param url where the worker's script is, relative to the page. Default: `sw.js`.
 * @returns its registration, or `undefined` where the browser has no service workers or refuses this one.
 */
export async function register(
  url: string | URL = 'sw.js',
  options: { scope?: string } = {},
): Promise<ServiceWorkerRegistration | undefined> {
  // What waits for a network (`queue` of a route) need not wait any more.
  addEventListener('online', () => askWorker({ type: 'keepfresh:queue-online' }, 0));
  healWhenIdle();
  recover();
  const workers = container();
  // What a version has left for later, and what may have waited since before this page, a while after what it needs.
  const rest = async () => (await fillUp(), askWorker({ type: 'keepfresh:queue-retry' }, 0));
  void workers?.ready.then(rest);
  storeAgainWhenIdle();
  try {
    // What the script imports carries fingerprints.
    return await workers?.register(url, { ...options, updateViaCache: 'imports' });
  } catch (error) {
    console.warn('keepfresh: the page goes on without a worker.', error);
    return undefined;
  }
}

/**
 * Has the worker forget what it has stored for these URLs, whatever their queries: the next request asks the network, and
 * neither waits for one that is under way, nor is given what the browser's own cache has. Precached files and fingerprinted
 * assets stay. A response that is under way meanwhile is shown to who has asked for it, and not stored.
 *
 * @param targets URLs relative to the page, where one with a `*` at its end stands for all that begin so; or `{ tag }`
 *   for all that is stored by routes with that tag.
 * @returns how many stored URLs that were; 0 if there is no worker; `NaN` if nobody knows, for it failed or has not answered within
 *   ten seconds: then ask again before somebody else signs in.
 *
 * @example
 * await invalidate('data/news.json', 'api/users/*');
 * await invalidate({ tag: 'account' }); // at sign-out
 */
export function invalidate(...targets: (string | { tag: string } | { partition: string })[]): Promise<number> {
  const [urls, tags, partitions]: [string[], string[], string[]] = [[], [], []];
  for (const target of targets) {
    if (typeof target === 'string') urls.push(new URL(target, document.baseURI).href.split('#', 1)[0]!);
    else if ('tag' in target) tags.push(target.tag);
    else partitions.push(target.partition);
  }
  const message = { type: 'keepfresh:invalidate', urls, tags, partitions };
  return askWorker(message, 0, 10, NaN).then(Number);
}
