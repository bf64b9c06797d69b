// What was found in Redis under a key.

import type { Snapshot } from '../server/shared-store.js';
import type { Read } from './memory.js';
import type { Value } from './value.js';

/** What a value begins with where there is none. */
export const NOTHING = Buffer.alloc(0);

export interface Found extends Snapshot {
  /** What it begins with, when it was looked at, the version that went with it, and the value if it is one. */
  version: { id: Buffer; at: number; asked: string; value: Value | undefined };
}

/** @param apart gives a body that is kept by itself. */
export function found({ id, value, version }: Read, apart: (name: string) => Promise<Uint8Array | undefined>): Found {
  return {
    record: value?.record ?? '',
    version: { id, at: performance.now(), asked: version, value },
    async body(slot) {
      const body = value?.bodies.get(slot);
      const bytes = typeof body === 'string' ? await apart(body) : body;
      // It copies them (Fetch, "extract a body").
      return bytes && new Response(bytes as BodyInit);
    },
  };
}
