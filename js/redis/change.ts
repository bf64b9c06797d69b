// What a change makes of a value in Redis.

import type { Change } from '../server/shared-store.js';
import { nameFor } from './bodies.js';
import { groupsOf } from './places.js';
import { type Body, newId, type Value } from './value.js';

/** From so many bytes on a body is kept by itself, where others lie under the same key; and where it lies there alone. */
const APART = 16 * 1024;
const LARGE = 128 * 1024;

/** A value after a change, and what of it is kept by itself, by its name; no value if nothing is left. */
export async function changed(
  key: string,
  change: Change,
  before: Value | undefined,
  { fence, limit }: { fence: number; limit: number },
): Promise<{ value: Value | undefined; apart: [string, Uint8Array<ArrayBuffer>][] }> {
  if (!change.record || change.seconds === 0) return { value: undefined, apart: [] };
  const bodies = new Map<string, Body>(before?.bodies);
  for (const slot of change.freed) bodies.delete(slot);
  if (change.body) bodies.set(change.body.slot, await change.body.bytes(limit));
  const apart: [string, Uint8Array<ArrayBuffer>][] = [];
  for (const [slot, body] of bodies) {
    if (typeof body === 'string' || body.byteLength < (bodies.size === 1 ? LARGE : APART)) continue;
    const name = nameFor(body);
    apart.push([name, body]);
    bodies.set(slot, name);
  }
  const { record, seconds } = change;
  const groups = groupsOf(key, change.groups);
  const until = Date.now() + seconds * 1000;
  const value = { id: newId(), fence: Math.max(fence, before?.fence ?? 0), key, groups, until, record, bodies };
  return { value, apart };
}

/** The names of what a value has kept by itself. */
export function namesApart(value: Value | undefined): string[] {
  return [...(value?.bodies.values() ?? [])].filter((body) => typeof body === 'string');
}
