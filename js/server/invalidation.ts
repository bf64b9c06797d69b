// What a request has invalidated, as stores are told of it.

import type { Machine } from '../../target/wasm/keepfresh.js';
import { ask } from '../host/machine.js';
import type { Invalidation } from './shared-store.js';
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
