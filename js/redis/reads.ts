// Reads of values. Those that come at one moment, and lie at one place, go in one command, which costs more than what it brings.

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
  /** What has not been sent yet, by its place. */
  readonly #open = new Map<string, Batch>();

  constructor(
    readonly link: RedisLink,
    readonly memory: RedisMemory,
    readonly pending: Pending,
    readonly places: Places,
  ) {}

  async read(key: string): Promise<Read> {
    const place = this.places.of(key);
    const batch = this.#open.get(place) ?? this.#begin(place);
    batch.keys.add(key);
    if (batch.keys.size === MOST) this.#open.delete(place);
    return (await batch.read).get(key)!;
  }

  #begin(place: string): Batch {
    const keys = new Set<string>();
    const batch: Batch = { keys, read: Promise.resolve().then(() => this.#send(place, batch)) };
    this.#open.set(place, batch);
    return batch;
  }

  async #send(place: string, batch: Batch): Promise<Map<string, Read>> {
    try {
      // Something may have been invalidated while that was told. From the last look to the asking nothing comes between.
      while (!this.pending.isEmpty) await this.pending.tell();
    } finally {
      if (this.#open.get(place) === batch) this.#open.delete(place);
    }
    const { heard } = this.memory;
    const keys = [...batch.keys];
    const [known, ...all] = await this.link.get([`${place}version`, ...keys.map((key) => `${place}v:${key}`)]);
    const version = String(known ?? (await this.link.run(BEGIN, [`${place}version`], [])));
    const reads = new Map<string, Read>();
    keys.forEach((key, n) => {
      // What came with it in one piece would stay as long as what is kept of it.
      const bytes = all[n] && this.memory.maxBytes > 0 ? Buffer.from(all[n]) : all[n];
      const id = bytes?.subarray(0, ID) ?? NOTHING;
      const read = { id, value: bytes ? decode(bytes) : undefined, version };
      this.memory.keep(key, read, bytes?.byteLength ?? 0, heard);
      reads.set(key, read);
    });
    return reads;
  }
}
