// What is invalidated, by a request or by who has the cache, as stores are told of it.

import type { Machine } from '../../target/wasm/keepfresh.js';
import { checkOptions, optionError } from '../host/checks.js';
import { ask } from '../host/machine.js';
import { escaped, type Invalidation } from './shared-store.js';
import type { Write } from '../host/write.js';

/** Methods that change nothing (RFC 9110, section 9.2.1; RFC 10008 for `QUERY`). */
export const SAFE = ['GET', 'HEAD', 'OPTIONS', 'QUERY', 'TRACE'];

/** What a write is to invalidate; nothing if it stores something. */
export function invalidationBy(machine: Machine, { kind, key, number }: Write): Invalidation | undefined {
  switch (kind) {
    case 'remove':
      return { keys: [key] };
    case 'clear':
      return { origin: key };
    case 'groups':
      return { origin: key, groups: ask(machine, `groups\n${number}`).split('\n') };
    default:
      return undefined;
  }
}

/**
 * What who has the cache names.
 *
 * @throws CacheError with code `options` if that is nothing: it would go on being served.
 */
export function asTold(what: Invalidation): Invalidation {
  checkOptions('invalidate', what, { keys: 'urls', origin: 'url', groups: 'texts' });
  const { groups, keys, origin, ...others } = what;
  const [unknown] = Object.keys(others);
  if (unknown && !keys && !groups)
    throw optionError(`invalidate: there is no option ${unknown}, and without it all of the origin would go`);
  if (groups && origin === undefined) throw optionError('invalidate: groups are those of an `origin`: name it');
  if (!keys && origin === undefined) throw optionError('invalidate: name `keys`, which are URLs, or an `origin`');
  const all = keys?.map((key) => new URL(key).href.split('#', 1)[0]!);
  // What is noted of a family of URLs (No-Vary-Search) leads to what is stored under another key (src/exchange/key.rs).
  const families = all?.map((key) => `${key.split('?', 1)[0]}?`);
  return {
    ...(origin !== undefined && { origin: new URL(origin).origin }),
    ...(all && { keys: [...new Set([...all, ...families!])] }),
    ...(groups && { groups: groups.map(escaped) }),
  };
}
