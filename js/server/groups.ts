// Which keys are in which groups of an origin (RFC 9875): an invalidation reads what it may be about, and not all that is kept.

import { originOf } from './shared-store.js';
import type { Store } from '../host/store.js';

/** The keys of an origin by their groups, and when all that was kept before is among them. */
interface Known {
  keys: Map<string, Set<string>>;
  whole: Promise<void>;
}

/** How many records are read at once. */
const READ_AT_ONCE = 64;

/** How many memberships are noted beside twice those that were found: of much that was noted, nothing is left. */
const SPARE = 10_000;

/** What a store keeps, by groups. Origins of which no groups are invalidated cost nothing. */
export class Groups {
  readonly #origins = new Map<string, Known>();
  #count = 0;
  #most = SPARE;

  /** @param groupsOf what a record says. */
  constructor(
    readonly store: Store,
    readonly groupsOf: (record: string) => string[],
  ) {}

  /** Notes what is about to be written. */
  note(key: string, groups: string[]): void {
    const known = this.#origins.get(originOf(key));
    if (known) this.#add(known, key, groups);
    if (this.#count > this.#most) this.#forget();
  }

  /**
   * What may be in one of these groups.
   *
   * @param written settles when all is kept that was about to be before.
   */
  async find(origin: string, groups: string[], written: Promise<unknown>): Promise<string[]> {
    const known = this.#origins.get(origin) ?? this.#read(origin, written);
    await Promise.all([known.whole, written]);
    return groups.flatMap((group) => [...(known.keys.get(group) ?? [])]);
  }

  /** Notes that a key is in none of these groups. */
  drop(key: string, groups: string[]): void {
    const keys = this.#origins.get(originOf(key))?.keys;
    for (const group of groups) if (keys?.get(group)?.delete(key)) this.#count--;
  }

  /** All is read anew when it is wanted the next time. */
  #forget(): void {
    this.#origins.clear();
    this.#count = 0;
    this.#most = SPARE;
  }

  #read(origin: string, written: Promise<unknown>): Known {
    const known: Known = { keys: new Map(), whole: Promise.resolve() };
    const read = async () => {
      await written;
      const keys = await this.store.keys(origin);
      for (let at = 0; at < keys.length; at += READ_AT_ONCE) {
        const some = keys.slice(at, at + READ_AT_ONCE);
        const one = async (key: string) => this.#add(known, key, this.groupsOf(await this.store.read(key)));
        await Promise.all(some.map(one));
      }
      this.#most = Math.max(this.#most, 2 * this.#count + SPARE);
    };
    known.whole = read();
    known.whole.catch(() => this.#forget());
    this.#origins.set(origin, known);
    return known;
  }

  #add({ keys }: Known, key: string, groups: string[]): void {
    for (const group of groups) {
      const there = keys.get(group) ?? new Set();
      this.#count -= there.size;
      keys.set(group, there.add(key));
      this.#count += there.size;
    }
  }
}
