// The cache outside of browsers: around `fetch`, in front of a server, around a function.

export { cachingFetch, type CachingFetch, type CachingFetchOptions } from './server/caching-fetch.js';
export type { CacheOptions } from './server/cache-options.js';
export { type CacheError, type CacheErrorCode, isCacheError } from './host/error.js';
export type { Manifest } from './server/digests.js';
export { type FileStore, fileStore, type FileStoreOptions } from './server/file-store.js';
export { memoize, type Memoized, type MemoizeOptions } from './server/memoize.js';
export { memoryStore, type MemoryStoreOptions } from './server/memory-store.js';
export { fromOrigins, type OriginsOptions } from './server/origins.js';
export {
  redisStore,
  type RedisClient,
  type RedisStore,
  type RedisStoreOptions,
  type RedisSubscriber,
} from './server/redis-store.js';
export type { Change, Invalidation, Lead, Outcome, SharedStore, Snapshot } from './server/shared-store.js';
export type { Listener } from './server/listened.js';
export { type ServerCache, serverCache, type ServerCacheOptions } from './server/servers.js';
export type { Store } from './host/store.js';
