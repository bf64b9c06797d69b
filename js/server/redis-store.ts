// Responses in Redis, for as many instances as there are: one asks the origin server for all, and what one invalidates is gone
// for all.

import { checkOptions, type Kinds } from '../host/checks.js';
import { InRedis } from '../redis/store.js';
import type { SharedStore } from './shared-store.js';

/** What is used of a client of the package `redis`, of its cluster or its pool. Arguments may be bytes as well (`Buffer`). */
export interface RedisClient {
  withTypeMapping(mapping: Record<number, unknown>): {
    getRange(key: string, start: number, end: number): Promise<unknown>;
    mGet(keys: string[]): Promise<unknown[]>;
  };
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  duplicate?(): RedisSubscriber;
  /** That of a pool, which has no connection of its own to be like. */
  execute?<T>(work: (client: { duplicate(): RedisSubscriber }) => T): Promise<Awaited<T>>;
}

/** A connection of its own, for announcements. */
export interface RedisSubscriber {
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: string, listener: (error: unknown) => void): unknown;
  ping(): Promise<unknown>;
  /** That of a cluster which announcements come by. */
  readonly pubSubNode?: { client: { ping(): Promise<unknown> } } | undefined;
  destroy(): void;
}

/** How responses are kept in Redis. Every field but `client` has a default. */
export interface RedisStoreOptions {
  /** A connected client of the package `redis`: `createClient`, `createCluster` or `createClientPool`. It stays yours to close. */
  client: RedisClient;
  /** What the names of all keys begin with, in braces (`{keepfresh:3}:…`). Caches with the same prefix share what they keep. Default: `keepfresh`. */
  prefix?: string;
  /** Over how many places keys are spread, which may lie on different nodes of a cluster. All instances must say the same. Default: 16. */
  shards?: number;
  /** The most bytes that are kept in this process of what was read; 0 for none. Default: 16 MiB. */
  memoryBytes?: number;
  /** The most bytes of one body; a larger one is not kept. Default: 8 MiB. */
  maxBodyBytes?: number;
  /**
   * For how long a command may take, in milliseconds, and a quarter of what a large body may; then the request goes on without
   * Redis. Default: 250.
   */
  timeoutMs?: number;
  /** For how long another instance is waited for that does not say it is still there, in milliseconds. Default: 3,000. */
  leadMs?: number;
  /** Told of faults that no caller notices. Default: `console.warn`. */
  onWarning?: (message: string, error: unknown) => void;
}

const OPTIONS: Kinds = {
  client: '!redis',
  prefix: 'text',
  shards: 'shards',
  memoryBytes: 'amount',
  maxBodyBytes: 'amount',
  timeoutMs: 'amount',
  leadMs: 'amount',
  onWarning: 'function',
};

/** A store in Redis. */
export interface RedisStore extends SharedStore {
  /** Settles when what other instances announce is heard, or after a second: it will be when Redis is there. */
  ready(): Promise<void>;
  /** Gives back the connection for announcements. */
  close(): Promise<void>;
}

/**
 * A store in Redis, from version 7 on, or in what speaks its language. Whatever is wrong with it, requests are answered: by the
 * origin server.
 *
 * @throws CacheError with code `options`, naming the option that cannot be.
 * @example
 * import { createClient } from 'redis';
 * import { cachingFetch, redisStore } from 'keepfresh/node';
 *
 * const client = await createClient().on('error', console.warn).connect();
 * const store = redisStore({ client });
 * const fetch = cachingFetch({ shared: true, store });
 */
export function redisStore(options: RedisStoreOptions): RedisStore {
  checkOptions('redisStore', options, OPTIONS);
  return new InRedis(options);
}
