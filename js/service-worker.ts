// The npm package's entry for service workers: one function, one options object.

/// <reference lib="webworker" />
import { Engine } from '../target/wasm/keepfresh.js';
import { checkOptions, type Kinds } from './host/checks.js';
import { cacheError } from './host/error.js';
import { type CacheOptions, routesAsText } from './host/options.js';
import { withMemory } from './worker/memory.js';
import * as preload from './worker/preload.js';
import { compose } from './worker/compose.js';
import { installer } from './install/installs.js';
import { apart } from './host/multipart.js';
import { Keys } from './worker/keys.js';
import { Ledger } from './worker/ledger.js';
import { Queue } from './worker/queue.js';
import { Stats } from './worker/stats.js';
import { serve } from './worker/serve.js';

export { type CacheError, type CacheErrorCode, isCacheError } from './host/error.js';
export type { CacheOptions, Route } from './host/options.js';

const OPTIONS: Kinds = {
  routes: 'list',
  precache: 'text',
  budget: 'object',
  memoryBytes: 'amount',
  navigationPreload: 'flag',
  stats: 'flag',
  version: 'text',
  staticRoutes: 'flag',
};

/**
 * Answers this service worker's requests from an HTTP cache.
 *
 * Call it once, at the top level of the worker's script: a browser honours only those listeners
 * that are there when the script has first run.
 *
 * @throws {CacheError} with the code `options`, naming the option whose value means nothing.
 *
 * @example
 * import { serveFromCache } from 'keepfresh/service-worker';
 *
 * serveFromCache({
 *   routes: [
 *     { path: 'data/*', policy: 'stale-while-revalidate' },
 *     { mode: 'navigate', policy: 'network-first', fallback: 'offline.html' },
 *   ],
 * });
 */
export function serveFromCache(options: CacheOptions = {}): void {
  checkOptions('serveFromCache', options, OPTIONS);
  checkOptions('serveFromCache: budget', options.budget ?? {}, { maxBytes: 'amount', maxEntries: 'amount' });
  const { navigationPreload, stats } = options;
  const parts = {
    apart,
    Keys,
    Ledger,
    Queue,
    compose,
    withMemory,
    ...(navigationPreload && { preload }),
    ...(stats && { Stats }),
  };
  const wanted = { list: options.precache ?? '' };
  const one = installer();
  serve({ ...options, parts, routes: () => compiled(options), wanted, installer: () => one });
}

function compiled({ routes }: CacheOptions): string {
  const [outcome, text] = parts(new Engine('private').ask(`compile\n${routesAsText(routes)}`)!);
  if (outcome === 'fault') throw cacheError('options', `the options cannot be used: ${text}`);
  return text;
}

/** The first line of a text, and the others. */
function parts(text: string): [string, string] {
  const end = text.indexOf('\n');
  return [text.slice(0, end), text.slice(end + 1)];
}
