// Reads of values. Those that come at one moment go in one command, as far as they lie on one node: it costs more than what it brings.

import { NOTHING } from './found.js';
import type { RedisLink } from './link.js';
import type { Read, RedisMemory } from './memory.js';
import type { Pending } from './pending.js';
import type { Places } from './places.js';
import { BEGIN } from './scripts.js';
import { decode, ID } from './value.js';

/** How many values one command asks for at the most. */
const MOST = 32;

interface Batch {
  keys: Set<string>;
  read: Promise<Map<string, Read>>;
}

export class RedisReads {
  /** What has not been sent yet, by the place whose keys a command may name together. */
  readonly #open = new Map<string, Batch>();

  /** @param isSpread whether places lie on several nodes: then a command is for one of them. */
  constructor(
    readonly link: RedisLink,
    readonly memory: RedisMemory,
    readonly pending: Pending,
    readonly places: Places,
    readonly isSpread: boolean,
  ) {}

  async read(key: string): Promise<Read> {
    const where = this.isSpread ? this.places.of(key) : '';
    const batch = this.#open.get(where) ?? this.#begin(where);
    batch.keys.add(key);
    if (batch.keys.size === MOST) this.#open.delete(where);
    return (await batch.read).get(key)!;
  }

  #begin(where: string): Batch {
    const batch: Batch = { keys: new Set(), read: Promise.resolve().then(() => this.#send(where, batch)) };
    this.#open.set(where, batch);
    return batch;
  }

  async #send(where: string, batch: Batch): Promise<Map<string, Read>> {
    try {
      // Something may have been invalidated while that was told. From the last look to the asking nothing comes between.
      while (!this.pending.isEmpty) await this.pending.tell();
    } finally {
      if (this.#open.get(where) === batch) this.#open.delete(where);
    }
    const { heard } = this.memory;
    const keys = [...batch.keys];
    const places = [...new Set(keys.map((key) => this.places.of(key)))];
    const values = keys.map((key) => `${this.places.of(key)}v:${key}`);
    const found = await this.link.get([...places.map((place) => `${place}version`), ...values]);
    const version = async (place: string, n: number): Promise<[string, string]> => [
      place,
      String(found[n] ?? (await this.link.run(BEGIN, [`${place}version`], []))),
    ];
    const versions = new Map(await Promise.all(places.map(version)));
    const reads = new Map<string, Read>();
    keys.forEach((key, n) => {
      const part = found[places.length + n];
      // What came with it in one piece would stay as long as what is kept of it.
      const bytes = part && this.memory.maxBytes > 0 ? Buffer.from(part) : part;
      const id = bytes?.subarray(0, ID) ?? NOTHING;
      const read = { id, value: bytes ? decode(bytes) : undefined, version: versions.get(this.places.of(key))! };
      this.memory.keep(key, read, bytes?.byteLength ?? 0, heard);
      reads.set(key, read);
    });
    return reads;
  }
}
