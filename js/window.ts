// The page's entry: registers the worker, tells what it did for this page, and has it forget things.

import { storeAgainWhenIdle } from './again.js';
import { askWorker } from './ask.js';
import { healWhenIdle } from './heal.js';
import type { Line } from './log.js';
export { onUpdate, onUpdated, type Update } from './updates.js';
export { onQueue, queued, sendQueued, type Queued, type QueueEvent } from './queued.js';
export { type Counts, type Source, stats } from './counted.js';
export { partition } from './partition.js';
export { warm, type Warmed } from './warm.js';

/** What became of one request of this page. */
export interface RequestReport {
  /** The absolute URL. */
  url: string;
  /** `cache`: the worker's store; `memory`: the browser's own cache; `static-route`: the store, without the worker. */
  source: 'cache' | 'memory' | 'network' | 'static-route';
  /** Our member of `Cache-Status` (RFC 9211). Absent if the worker did not see the request. */
  status?: string;
  /** The stored response's current age (RFC 9111, section 4.2.3), where it is known. */
  ageSeconds?: number;
  /** From the request to the last byte. */
  milliseconds: number;
  /** Bytes that did not have to be transferred. */
  bytesSaved: number;
}

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
  addEventListener('online', () => askWorker({ type: 'keepfresh:queue-send' }, 0));
  healWhenIdle();
  storeAgainWhenIdle();
  try {
    // What the script imports carries fingerprints.
    return await navigator.serviceWorker?.register(url, { ...options, updateViaCache: 'imports' });
  } catch (error) {
    console.warn('keepfresh: the page goes on without a worker.', error);
    return undefined;
  }
}

/**
 * Has the worker forget what it has stored for these URLs, whatever their queries: the next request asks the network.
 * Precached files and fingerprinted assets stay. A response that is under way meanwhile is shown, and not stored.
 *
 * @param targets URLs relative to the page, where one with a `*` at its end stands for all that begin so; or `{ tag }`
 *   for all that is stored by routes with that tag.
 * @returns how many stored URLs that were; 0 if no worker controls this page.
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
  return askWorker({ type: 'keepfresh:invalidate', urls, tags, partitions }, 0, 10);
}

/**
 * Calls back with what became of every request of this page so far: now, and whenever there is something new.
 *
 * @returns a function that stops it.
 */
export function watchRequests(onReports: (reports: readonly RequestReport[]) => void): () => void {
  let scheduled = false;
  let stopped = false;
  const tell = async () => {
    scheduled = false;
    const lines = await askWorker<Line[]>({ type: 'keepfresh:requests' }, []);
    if (!stopped) onReports(reports(lines));
  };
  // Several requests in a row are told of together.
  const schedule = () => {
    if (scheduled || stopped) return;
    scheduled = true;
    setTimeout(tell, 50);
  };
  const observer = new PerformanceObserver(schedule);
  observer.observe({ type: 'resource' });
  addEventListener('load', schedule);
  schedule();
  return () => {
    stopped = true;
    observer.disconnect();
    removeEventListener('load', schedule);
  };
}

/**
 * Joins what the browser measured with what the worker decided; both are in the order of requests. What only the worker
 * saw comes last: Firefox does not measure what style sheets import.
 */
function reports(lines: Line[]): RequestReport[] {
  const left = new Map<string, Line[]>();
  for (const line of lines) left.set(line.url, [...(left.get(line.url) ?? []), line]);
  const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const measured = entries
    .filter((entry) => /^https?:/.test(entry.name))
    .map((entry) => {
      const url = entry.name.replace(/#.*/, '');
      return report(entry as Timing, url, left.get(url)?.shift());
    });
  const unmeasured = [...left.values()].flat().map((line) => report(undefined, line.url, line));
  return [...measured, ...unmeasured];
}

/** The latter two are Chromium's. */
type Timing = PerformanceResourceTiming & { workerFinalRouterSource?: string; workerFinalSourceType?: string };

function report(timing: Timing | undefined, url: string, line: Line | undefined): RequestReport {
  const body = line?.bytes || timing?.encodedBodySize || timing?.decodedBodySize || 0;
  const source = line ? (line.fromStore ? 'cache' : 'network') : sourceOf(timing, url);
  return {
    url,
    source,
    status: line?.status,
    ageSeconds: line?.ageSeconds,
    milliseconds: timing?.duration ?? line?.milliseconds ?? 0,
    bytesSaved: source === 'network' ? 0 : body,
  };
}

/** Where something came from that the worker did not see. */
function sourceOf(timing: Timing | undefined, url: string): RequestReport['source'] {
  if (!timing) return 'network';
  if ((timing.workerFinalSourceType ?? timing.workerFinalRouterSource) === 'cache') return 'static-route';
  // Of other origins the browser may keep the size to itself, and zero means nothing.
  const isOwn = url.startsWith(location.origin + '/');
  return timing.transferSize === 0 && (isOwn || timing.encodedBodySize > 0) ? 'memory' : 'network';
}
