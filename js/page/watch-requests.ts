// What became of the requests of a page: what the worker says, joined with what the browser has measured.

import { askWorker } from './ask.js';
import type { Line } from '../worker/log.js';

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

/** Of so many requests is told, the latest: a page may be open for days. */
const MOST = 10_000;

/** How often a worker is asked again that does not answer: one that is busy does later, and knows alone where a response came from. */
const MOST_TRIES = 5;

/**
 * Calls back with what became of every request of this page so far: now, and whenever there is something new.
 *
 * @returns a function that stops it.
 */
export function watchRequests(onReports: (reports: readonly RequestReport[]) => void): () => void {
  let scheduled = false;
  let stopped = false;
  let tries = 0;
  // The browser and the worker both forget what is old.
  const entries: PerformanceEntry[] = [];
  const lines: Line[] = [];
  const last = () => lines.at(-1)?.id ?? 0;
  const tell = async () => {
    scheduled = false;
    const news = await askWorker<Line[] | null>({ type: 'keepfresh:requests', after: last() }, [], 1, null);
    if (!news && (tries += 1) < MOST_TRIES) return schedule();
    tries = 0;
    // Meanwhile somebody else may have asked.
    keep(lines, news?.filter(({ id }) => id > last()) ?? []);
    if (!stopped) onReports(reports(lines, [...performance.getEntriesByType('navigation'), ...entries]));
  };
  // Several requests in a row are told of together.
  const schedule = () => {
    if (scheduled || stopped) return;
    scheduled = true;
    setTimeout(tell, 50);
  };
  const observer = new PerformanceObserver((list) => {
    keep(entries, list.getEntries());
    schedule();
  });
  observer.observe({ type: 'resource', buffered: true });
  addEventListener('load', schedule);
  schedule();
  return () => {
    stopped = true;
    observer.disconnect();
    removeEventListener('load', schedule);
  };
}

function keep<T>(all: T[], news: T[]): void {
  all.push(...news);
  if (all.length > MOST) all.splice(0, all.length - MOST);
}

/**
 * Joins what the browser measured with what the worker decided; both are in the order of requests. What only the worker
 * saw comes last: Firefox does not measure what style sheets import.
 */
function reports(lines: Line[], entries: PerformanceEntry[]): RequestReport[] {
  const left = new Map<string, Line[]>();
  for (const line of lines) {
    const same = left.get(line.url);
    if (same) same.push(line);
    else left.set(line.url, [line]);
  }
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
