// What a cache outside of browsers can be told.

import type { Kinds } from '../host/checks.js';
import type { SharedStore } from './shared-store.js';
import type { Store } from '../host/store.js';

/** How a cache behaves. Every field has a default. */
export interface CacheOptions {
  /** Whether responses go to many users: what is for one of them is then not kept. Default: `false`. */
  shared?: boolean;
  /** Where responses are kept. Default: in memory, up to 64 MiB. */
  store?: Store | SharedStore;
  /**
   * The fields that speak to this cache in the place of `Cache-Control` (RFC 9213), the most specific first. Default:
   * `['CDN-Cache-Control']` for a shared cache, otherwise none.
   */
  targets?: string[];
  /** The time in milliseconds since the epoch. Default: `Date.now`. */
  now?: () => number;
  /** Told of faults that no caller notices: a store that cannot be read or written. Default: `console.warn`. */
  onWarning?: (message: string, error: unknown) => void;
}

/** What each may be. */
export const CACHE_OPTIONS = {
  shared: 'flag',
  store: 'store',
  targets: 'fields',
  now: 'function',
  onWarning: 'function',
  patience: '?amount', // js/host/flights.ts
} satisfies Kinds;
