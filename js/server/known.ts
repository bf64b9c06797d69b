// Records that were read, so that what is served over and over is read once.

import { type Known, type Machine, found, known } from '../../target/wasm/keepfresh.js';
import { readFields, tellFound } from '../host/machine.js';

/** The most characters of records that are known at a time. */
const MOST = 4_000_000;

export class KnownRecords {
  /** By their text, what was not used for the longest time first; with heads by their slots. */
  readonly #all = new Map<string, { read: Known; heads: Map<string, Headers> }>();
  #length = 0;

  /** Tells a machine what the store has; the steps that come of it. */
  readonly tell = (machine: Machine, record: string, now: number): string => {
    if (!record || record.startsWith('present')) return tellFound(machine, record, now);
    return found(machine, this.#read(record).read, now);
  };

  /** The fields of the response in a slot of a record that is known; not to be changed. */
  readonly fieldsOf = (record: string, slot: string): Headers => {
    // It may have gone since what was found in it was remembered (decision.ts).
    const { heads, read } = this.#read(record);
    let fields = heads.get(slot);
    if (!fields) heads.set(slot, (fields = readFields(read.fields(Number(slot)).split('\n'))));
    return fields;
  };

  #read(record: string): { read: Known; heads: Map<string, Headers> } {
    let one = this.#all.get(record);
    if (one && this.#length < MOST / 2) return one;
    this.#length += one ? 0 : record.length;
    one ??= { read: known(record), heads: new Map() };
    this.#all.delete(record);
    this.#all.set(record, one);
    this.#makeRoom(record);
    return one;
  }

  #makeRoom(but: string): void {
    for (const [record, one] of this.#all) {
      if (this.#length <= MOST || record === but) return;
      this.#all.delete(record);
      this.#length -= record.length;
      one.read.free();
    }
  }
}
