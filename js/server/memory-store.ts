// Responses in memory, for hosts without Cache Storage. Bounded: what was not used for the longest time goes first.

import { checkOptions } from '../host/checks.js';
import { pieces } from './read-body.js';
import type { Store } from '../host/store.js';

interface Entry {
  record: string;
  bodies: Map<string, Blob>;
  bytes: number;
}

/** How much is kept. */
export interface MemoryStoreOptions {
  /** The most bytes of bodies and records together. Default: 64 MiB. */
  maxBytes?: number;
  /** The most bytes of one body; a larger one is not kept. Default: an eighth of `maxBytes`. */
  maxBodyBytes?: number;
}

/**
 * A store in memory: everything is gone when the process ends.
 *
 * @throws CacheError with code `options`, naming the limit that means nothing.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  checkOptions('memoryStore', options, { maxBytes: 'amount', maxBodyBytes: 'amount' });
  const { maxBytes = 64 * 1024 * 1024, maxBodyBytes = maxBytes / 8 } = options;
  // A Map keeps the order of insertion, which is the order of use here.
  const entries = new Map<string, Entry>();
  let total = 0;

  const drop = (key: string) => {
    total -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  };
  const put = (key: string, entry: Entry) => {
    drop(key);
    entry.bytes = 2 * (key.length + entry.record.length);
    for (const body of entry.bodies.values()) entry.bytes += body.size;
    entries.set(key, entry);
    total += entry.bytes;
    for (const oldest of entries.keys()) {
      if (total <= maxBytes) break;
      drop(oldest);
    }
  };
  const entryOf = (key: string): Entry => entries.get(key) ?? { record: '', bodies: new Map(), bytes: 0 };

  return {
    async read(key) {
      const entry = entries.get(key);
      if (entry) {
        entries.delete(key);
        entries.set(key, entry);
      }
      return entry?.record ?? '';
    },
    async body(key, slot) {
      const body = entries.get(key)?.bodies.get(slot);
      return body && new Response(body);
    },
    async keep(key, slot, response) {
      const body = new Blob(await pieces(response, maxBodyBytes));
      const entry = entryOf(key);
      entry.bodies.set(slot, body);
      put(key, entry);
    },
    async write(key, record, freed) {
      if (!record) return drop(key);
      const entry = entryOf(key);
      entry.record = record;
      for (const slot of freed) entry.bodies.delete(slot);
      put(key, entry);
    },
    async keys(origin) {
      return [...entries.keys()].filter((key) => key.startsWith(`${origin}/`));
    },
  };
}
