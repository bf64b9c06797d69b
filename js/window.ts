// The page's entry: registers the worker, and tells what it did for this page.

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

/** A line of the worker's log. */
interface Line {
  ageSeconds?: number;
  bytes: number;
  fromStore: boolean;
  milliseconds: number;
  status: string;
  url: string;
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
  try {
    return await navigator.serviceWorker?.register(url, { ...options, updateViaCache: 'none' });
  } catch (error) {
    console.warn('keepfresh: the page goes on without a worker.', error);
    return undefined;
  }
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
    const lines = await workerLog();
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

/** The latter two are Chromium's; the specification has not settled on a name. */
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

/** The worker's log of this page; empty if no worker controls it or it does not answer within a second. */
function workerLog(): Promise<Line[]> {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return Promise.resolve([]);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data);
    setTimeout(resolve, 1000, []);
    worker.postMessage({ type: 'keepfresh:requests' }, [port2]);
  });
}
