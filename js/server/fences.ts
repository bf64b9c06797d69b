// What was invalidated lately, so that nothing is stored that was asked for before.

import { originOf, type Invalidation } from './shared-store.js';

/** How many names are remembered. Beyond that, everything that was asked for before counts as invalidated. */
const MOST = 10_000;

export class Fences {
  /** Counts invalidations: this many there were. */
  now = 0;
  #floor = 0;
  readonly #latest = new Map<string, number>();

  add(what: Invalidation): void {
    this.now += 1;
    for (const name of namesOf(what)) {
      this.#latest.delete(name);
      this.#latest.set(name, this.now);
    }
    for (const [name, at] of this.#latest) {
      if (this.#latest.size <= MOST) break;
      this.#floor = at;
      this.#latest.delete(name);
    }
  }

  /** Whether what is under a key, and in groups, has been invalidated since a moment. */
  isClosed(key: string, groups: string[], since: number): boolean {
    if (since < this.#floor) return true;
    const origin = originOf(key);
    const names = namesOf({ keys: [key], origin, groups: ['', ...groups] });
    return names.some((name) => (this.#latest.get(name) ?? 0) > since);
  }
}

/** What an invalidation is known by. A group without a name stands for a whole origin. */
export function namesOf({ keys = [], origin, groups = [''] }: Invalidation): string[] {
  return [...keys.map((key) => `k${key}`), ...(origin ? groups.map((group) => `g${origin}\n${group}`) : [])];
}
