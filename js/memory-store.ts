// Responses in memory, for hosts without Cache Storage. Bounded: what was not used for the longest time goes first.

import type { Store } from './store.js';

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

/** A store in memory: everything is gone when the process ends. */
export function memoryStore({
  maxBytes = 64 * 1024 * 1024,
  maxBodyBytes = maxBytes / 8,
}: MemoryStoreOptions = {}): Store {
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
      if (total <= maxBytes || oldest === key) break;
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
      const body = await whole(response, maxBodyBytes);
      if (!isComplete(response, body)) throw new RangeError('the body is not as long as its Content-Length says');
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

/** A body, read to its end; refused if it is longer than the limit. */
async function whole(response: Response, limit: number): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read && !read.done; read = await reader!.read()) {
    bytes += read.value.byteLength;
    if (bytes > limit) {
      await reader!.cancel();
      throw new RangeError(`the body has more than ${limit} bytes (the limit is maxBodyBytes)`);
    }
    chunks.push(read.value as Uint8Array<ArrayBuffer>);
  }
  return new Blob(chunks);
}

/** Not every `fetch` checks it. What was coded is decoded by now, and has another length. */
function isComplete({ headers }: Response, { size }: Blob): boolean {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') || Number(length) === size;
}
