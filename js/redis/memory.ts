// Values that this process has read from Redis lately, as long as it hears of what becomes of them.

import type { News } from './link.js';
import type { Value } from './value.js';

/** A value as it was read, and the version that went with it. */
export interface Read {
  /** What it begins with. */
  id: Buffer;
  value: Value | undefined;
  version: string;
}

export class RedisMemory {
  /** By their keys, the least lately used first. */
  readonly #all = new Map<
    string,
    Read & { bytes: number; value: Value; apart: Map<string, Uint8Array<ArrayBuffer>> }
  >();
  readonly #groups = new Map<string, Set<string>>();
  #bytes = 0;
  #isHeard = false;
  /** Counts what was heard: what was read before may be that. */
  heard = 0;

  constructor(readonly maxBytes: number) {}

  find(key: string): Read | undefined {
    const one = this.#all.get(key);
    if (!one || one.value.until < Date.now()) return undefined;
    this.#all.delete(key);
    this.#all.set(key, one);
    return one;
  }

  /** Keeps what was read when `heard` was that. */
  keep(key: string, { value, ...read }: Read, bytes: number, heard: number): void {
    // That there is nothing may change without anybody saying so.
    if (!value || !this.#isHeard || heard !== this.heard || bytes > this.maxBytes / 8) return;
    this.drop(key);
    this.#all.set(key, { ...read, value, bytes, apart: new Map() });
    this.#bytes += bytes;
    for (const name of value.groups) this.#groups.set(name, (this.#groups.get(name) ?? new Set()).add(key));
    this.#makeRoom();
  }

  /** A body of what is kept, which lies in Redis by itself. */
  body(key: string, name: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#all.get(key)?.apart.get(name);
  }

  /** Keeps such a body, for as long as what speaks of it. */
  keepBody(key: string, name: string, body: Uint8Array<ArrayBuffer>): void {
    const one = this.#all.get(key);
    const isOurs = [...(one?.value.bodies.values() ?? [])].includes(name);
    if (!one || !isOurs || one.apart.has(name) || one.bytes + body.byteLength > this.maxBytes / 8) return;
    one.apart.set(name, body);
    one.bytes += body.byteLength;
    this.#bytes += body.byteLength;
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const oldest of this.#all.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const one = this.#all.get(key);
    if (!one) return;
    this.#all.delete(key);
    this.#bytes -= one.bytes;
    for (const name of one.value.groups) {
      const keys = this.#groups.get(name);
      keys?.delete(key);
      if (keys?.size === 0) this.#groups.delete(name);
    }
  }

  /** Something has become of keys and groups (which are `ORIGIN\nGROUP`). */
  hear({ keys = [], groups = [] }: News): void {
    this.heard += 1;
    // What Lua writes of an empty list is an object.
    for (const key of Object.values(keys)) this.drop(key);
    for (const group of Object.values(groups)) for (const key of this.#groups.get(group) ?? []) this.drop(key);
  }

  /** Whether announcements come from now on. What was missed meanwhile nobody knows. */
  set isHeard(isHeard: boolean) {
    if (isHeard === this.#isHeard) return;
    this.#isHeard = isHeard;
    this.heard += 1;
    this.#all.clear();
    this.#groups.clear();
    this.#bytes = 0;
  }
}
