// Invalidations that Redis has not been told of yet, for it may be away. Until it has, this instance reads nothing from it: nobody
// is given what they have invalidated.

import { type Invalidation, originOf } from '../server/shared-store.js';
import type { RedisLink } from './link.js';
import { groupsIn, type Places } from './places.js';
import { INVALIDATE } from './scripts.js';

/** For how long it is known what was invalidated, in milliseconds: what is asked for takes less, or is not stored. */
export const ASKING_MS = 10 * 60 * 1000;

/** How many are kept one by one. */
const MOST = 1000;

export class Pending {
  #all: Invalidation[] = [];
  #telling: Promise<void> | undefined;

  constructor(
    readonly link: RedisLink,
    readonly places: Places,
    readonly sender: { channel: string; by: string },
  ) {}

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  add(what: Invalidation): void {
    this.#all.push(what);
    if (this.#all.length <= MOST) return;
    // So many that whole origins are named in their place.
    const origins = this.#all.flatMap(({ keys = [], origin }) => [...keys.map(originOf), ...(origin ? [origin] : [])]);
    this.#all = [...new Set(origins)].map((origin) => ({ origin }));
  }

  /** Settles when Redis has been told of all. */
  async tell(): Promise<void> {
    // The telling that is under way may be over by the time that something is added.
    while (!this.isEmpty) await (this.#telling ??= this.#tellAll().finally(() => (this.#telling = undefined)));
  }

  async #tellAll(): Promise<void> {
    for (let what = this.#all[0]; what; what = this.#all[0]) {
      await this.#tellOne(what);
      this.#all = this.#all.filter((one) => one !== what);
    }
  }

  async #tellOne({ keys = [], origin, groups }: Invalidation): Promise<void> {
    const { link, places, sender } = this;
    const named = groupsIn(origin, groups);
    const numbers = origin
      ? Array.from({ length: places.count }, (_, number) => number)
      : keys.map((key) => places.numberOf(key));
    const tell = (number: number) => {
      const own = keys.filter((key) => places.numberOf(key) === number);
      const names = [...own.map((key) => `k${key}`), ...named.map((group) => `g${group}`)];
      const prefix = places.at(number);
      const args = [String(ASKING_MS), JSON.stringify({ ...sender, names, keys: own, groups: named })];
      return link.run(INVALIDATE, [`${prefix}version`], args);
    };
    await Promise.all([...new Set(numbers)].map(tell));
  }
}
