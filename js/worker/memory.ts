// A tier in memory in front of Cache Storage: small bodies that were read, as long as this worker lives. What
// was used last stays. Scripts are left to the browser, which keeps their compiled code beside what it has stored.

import type { CacheStore } from './cache-storage.js';

/** A body, and the head to give it. */
interface Kept {
  bytes: ArrayBuffer;
  head: ResponseInit;
}

/** A body that is longer than this share of the budget is not kept. */
const SHARE = 1 / 8;

const isCode = (type: string) => /javascript|ecmascript|wasm/i.test(type);

/** A store like `Base` that answers from memory what it has answered before, within a number of bytes. */
export function withMemory(Base: typeof CacheStore, budget: number): typeof CacheStore {
  return class extends Base {
    /** By slot and key, in the order of use: a Map keeps that of insertion. */
    #kept = new Map<string, Kept>();
    #bytes = 0;

    override async body(key: string, slot: string): Promise<Response | undefined> {
      const name = `${slot} ${key}`;
      const known = this.#take(name);
      if (known) return new Response(known.bytes, known.head);
      const { removals } = this;
      const body = await super.body(key, slot);
      if (!body || body.type === 'opaque' || isCode(body.headers.get('content-type') ?? '')) return body;
      const length = Number(body.headers.get('content-length') ?? Infinity);
      if (length > budget * SHARE || body.redirected) return body;
      const { status, statusText, headers } = body;
      const copy = body.clone().arrayBuffer();
      const put = (bytes: ArrayBuffer) =>
        removals === this.removals && this.#put(name, { bytes, head: { status, statusText, headers: [...headers] } });
      // What is written meanwhile has another record, and is looked for in another slot.
      void copy.then(put).catch(() => {});
      return body;
    }

    override async keep(key: string, slot: string, body: Response): Promise<void> {
      this.#drop(`${slot} ${key}`);
      await super.keep(key, slot, body);
      this.#drop(`${slot} ${key}`);
    }

    override async write(key: string, record: string, freed: string[]): Promise<void> {
      await super.write(key, record, freed);
      for (const slot of freed) this.#drop(`${slot} ${key}`);
    }

    override async remove(keys: string[]): Promise<void> {
      await super.remove(keys);
      const gone = new Set(keys);
      for (const name of this.#kept.keys()) if (gone.has(name.slice(name.indexOf(' ') + 1))) this.#drop(name);
    }

    /** What is in memory alone (the browser may have removed the rest) can be forgotten, too. */
    override async keys(origin = ''): Promise<string[]> {
      const known = [...this.known.keys()].filter((key) => key.startsWith(origin && `${origin}/`));
      return [...new Set([...(await super.keys(origin)), ...known])];
    }

    #take(name: string): Kept | undefined {
      const one = this.#kept.get(name);
      if (one) {
        this.#kept.delete(name);
        this.#kept.set(name, one);
      }
      return one;
    }

    #put(name: string, one: Kept): void {
      this.#drop(name);
      const size = one.bytes.byteLength;
      if (size === 0 || size > budget * SHARE) return;
      this.#kept.set(name, one);
      this.#bytes += size;
      for (const oldest of this.#kept.keys()) {
        if (this.#bytes <= budget) break;
        this.#drop(oldest);
      }
    }

    #drop(name: string): void {
      this.#bytes -= this.#kept.get(name)?.bytes.byteLength ?? 0;
      this.#kept.delete(name);
    }
  };
}
