// The page's side of what the worker counts.

import { container } from './container.js';

/** What there was of one source. */
export interface Source {
  requests: number;
  /** Bytes of bodies whose length is known. */
  bytes: number;
  /** How many took at most as long as the bound with the same index says; at last, how many took longer. */
  milliseconds: number[];
}

/** What was counted. Requests that the browser answers by itself (static routes) are not seen. */
export interface Counts {
  /** When counting began, in milliseconds since the epoch. */
  since: number;
  /** How often which outcome, in the words of `Cache-Status` (RFC 9211). */
  outcomes: Record<string, number>;
  /** From the store, and from the network. */
  store: Source;
  network: Source;
  /** The bounds of `milliseconds`. */
  bounds: number[];
  /** How many URLs were removed to make room. */
  evicted: number;
}

/**
 * What has become of all requests that the worker has seen, of this page and of others.
 *
 * @returns `undefined` if no worker controls this page, or its option `stats` is not set.
 *
 * @example
 * const counts = await stats();
 * console.log(counts?.outcomes.hit);
 */
export async function stats(): Promise<Counts | undefined> {
  const workers = container();
  const registration = await workers?.getRegistration().catch(() => undefined);
  if (!registration || !workers?.controller) return undefined;
  const response = await fetch(`${registration.scope}__keepfresh/stats`, { cache: 'no-store' }).catch(() => undefined);
  const isOurs = response?.ok && response.headers.get('content-type') === 'application/json';
  return isOurs ? response.json() : undefined;
}
