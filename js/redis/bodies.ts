// Bodies that are kept by themselves, under names that are given once. They come and go in pieces, and few at a time: whatever else is
// asked for on the same connection waits for no more than that.

import type { RedisLink } from './link.js';
import type { RedisMemory } from './memory.js';
import { PUT } from './scripts.js';
import { newId, sumOf } from './value.js';

/** How many bytes come or go at once. */
const PIECE = 1 << 20;

/** How many bytes are under way at the same time, of all that is read, and of all that is written. */
const MOST = 2 * PIECE;

/** So many times as long as a command one body may take, with its turn; then the request goes on without Redis. */
const PATIENT = 4;

/** For how long a body stays that nothing speaks of, in milliseconds: since what is about to has come to nothing. */
const UNSPOKEN_MS = 10_000;

/** A name for bytes: who reads them in pieces knows when that was all, and whether it is what was written. */
export const nameFor = (bytes: Uint8Array): string => `${newId()}.${sumOf(bytes)}.${bytes.byteLength}`;

export class RedisBodies {
  readonly #coming = new Map<string, Promise<Uint8Array<ArrayBuffer> | undefined>>();
  readonly #reads = new Room();
  readonly #writes = new Room();

  constructor(
    readonly link: RedisLink,
    readonly memory: RedisMemory,
    readonly timeoutMs: number,
  ) {}

  /** The body of what is under a key; nothing if it is gone. */
  async read(key: string, prefix: string, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const known = this.memory.body(key, name) ?? this.#coming.get(name);
    if (known) return known;
    const [, sum, length] = name.split('.');
    const read = async () => {
      const body = await this.#read(`${prefix}b:${name}`, Number(length));
      return body && String(sumOf(body)) === sum ? body : undefined;
    };
    const coming = read().finally(() => this.#coming.delete(name));
    this.#coming.set(name, coming);
    const body = await coming;
    if (body) this.memory.keepBody(key, name, body);
    return body;
  }

  /** Writes bodies under their names. They have to be spoken of soon. */
  async write(prefix: string, bodies: [name: string, body: Uint8Array<ArrayBuffer>][]): Promise<void> {
    const inTime = this.#patience('taken');
    for (const [name, { buffer, byteOffset, byteLength }] of bodies)
      await this.#writes.take(byteLength, async () => {
        for (let from = 0; from < byteLength; from += PIECE) {
          inTime();
          const piece = Buffer.from(buffer, byteOffset + from, Math.min(PIECE, byteLength - from));
          await this.link.run(PUT, [`${prefix}b:${name}`], [piece, String(from), String(UNSPOKEN_MS)]);
        }
      });
  }

  async #read(at: string, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    // Whatever lies in Redis, nothing is taken for a body that has no length.
    if (!(length > 0)) return undefined;
    const inTime = this.#patience('given');
    return this.#reads.take(length, async () => {
      const body = new Uint8Array(length);
      for (let from = 0; from < length; from += PIECE) {
        inTime();
        const piece = await this.link.piece(at, from, PIECE);
        if (piece?.byteLength !== Math.min(PIECE, length - from)) return undefined;
        body.set(piece, from);
      }
      return body;
    });
  }

  /** Throws when it is too late. Those behind are as late by then: nobody waits for them either, nor do they stay in memory. */
  #patience(what: string): () => void {
    const patience = this.timeoutMs * PATIENT;
    const asked = performance.now();
    return () => {
      if (performance.now() - asked > patience) throw new Error(`Redis has not ${what} a body within ${patience} ms`);
    };
  }
}

/** Lets as many work at the same time as there is room for their pieces, in the order in which they came. */
class Room {
  #free = MOST;
  readonly #waiting: { bytes: number; begin(): void }[] = [];

  async take<T>(length: number, work: () => Promise<T>): Promise<T> {
    const bytes = Math.min(length, PIECE);
    await new Promise<void>((begin) => {
      this.#waiting.push({ bytes, begin });
      this.#next();
    });
    try {
      return await work();
    } finally {
      this.#free += bytes;
      this.#next();
    }
  }

  #next(): void {
    for (let one = this.#waiting[0]; one && one.bytes <= this.#free; one = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= one.bytes;
      one.begin();
    }
  }
}
