// What the cache throws.

/** What went wrong. New codes may be added in a minor release. */
export type CacheErrorCode = 'install' | 'options' | 'store' | (string & {});

/** An error thrown by the cache. Tell them apart by `code`, not by `message`. */
export interface CacheError extends Error {
  name: 'KeepfreshError';
  code: CacheErrorCode;
}

/** Whether `value` was thrown by the cache. */
export function isCacheError(value: unknown): value is CacheError {
  return value instanceof Error && value.name === 'KeepfreshError';
}

export function cacheError(code: CacheErrorCode, message: string): CacheError {
  return Object.assign(new Error(message), { name: 'KeepfreshError' as const, code });
}
