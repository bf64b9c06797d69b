// Where keys lie. One place is one node of a cluster: what is in braces says which.

import { originOf } from '../server/shared-store.js';

export class Places {
  constructor(
    readonly prefix: string,
    readonly count: number,
  ) {}

  /** What the names begin with of all that belongs to a key. */
  of(key: string): string {
    return this.at(this.numberOf(key));
  }

  at(number: number): string {
    return `{${this.prefix}:${number}}:`;
  }

  /** All instances come to the same. What differs in the query alone may mean the same (No-Vary-Search), and lies together. */
  numberOf(key: string): number {
    const { length } = key.split('?', 1)[0]!;
    // FNV-1a: what is spread need not be secret, but soon done.
    let hash = 0x811c9dc5;
    for (let n = 0; n < length; n++) hash = Math.imul(hash ^ key.charCodeAt(n), 0x01000193);
    return (hash >>> 0) % this.count;
  }
}

/** The groups that what is under a key belongs to, as they are called here: `ORIGIN\nGROUP`, and the origin's own. */
export function groupsOf(key: string, groups: string[]): string[] {
  return groupsIn(originOf(key), ['', ...groups]);
}

/** Groups of an origin; its own if none are named. */
export function groupsIn(origin: string | undefined, groups = ['']): string[] {
  return origin ? groups.map((group) => `${origin}\n${group}`) : [];
}
