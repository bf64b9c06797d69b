// The cache outside of browsers: around `fetch`, in front of a server, around a function.

export { cachingFetch, type CachingFetch, type CachingFetchOptions } from './caching-fetch.js';
export type { CacheOptions } from './cache-options.js';
export { type CacheError, type CacheErrorCode, isCacheError } from './error.js';
export type { Manifest } from './digests.js';
export { type FileStore, fileStore, type FileStoreOptions } from './file-store.js';
export { memoize, type Memoized, type MemoizeOptions } from './memoize.js';
export { memoryStore, type MemoryStoreOptions } from './memory-store.js';
export { fromOrigins, type OriginsOptions } from './origins.js';
export {
  redisStore,
  type RedisClient,
  type RedisStore,
  type RedisStoreOptions,
  type RedisSubscriber,
} from './redis-store.js';
export type { Change, Invalidation, Lead, Outcome, SharedStore, Snapshot } from './shared-store.js';
export type { Listener } from './listened.js';
export { type ServerCache, serverCache, type ServerCacheOptions } from './servers.js';
export type { Store } from './store.js';
