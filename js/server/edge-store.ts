// Responses in the cache of an edge runtime (`caches` of workerd), which keeps what it is given for as long as it is told, and
// forgets it when it likes. There is one in each data centre, and no way to change two entries in one step.
//
// A record names its bodies, which nobody writes twice: whoever reads a record has its bodies or none. What is invalidated is
// noted under its name, with the moment, and what was there or asked for before is passed over.

import { namesOf } from './fences.js';
import {
  type Change,
  type Invalidation,
  originOf,
  type Outcome,
  type SharedStore,
  type Snapshot,
} from './shared-store.js';
import { decode, encode, newId, type Value } from '../redis/value.js';

/** Where entries lie: a name that no server has (RFC 6761, section 6.4). */
const ORIGIN = 'https://keepfresh.invalid';

/** For how long it is known what was invalidated, in seconds: longer than anything is kept. */
const LONGEST = 7 * 24 * 60 * 60;

interface Found extends Snapshot {
  version: { at: number; value: Value | undefined };
}

export class EdgeStore implements SharedStore {
  readonly isShared = true;

  /** @param prefix what entries of this cache begin with. */
  constructor(
    readonly cache: () => Promise<globalThis.Cache>,
    readonly prefix: string,
    readonly clock: () => number,
  ) {}

  async read(key: string): Promise<Found> {
    const at = this.clock();
    const cache = await this.cache();
    const response = await cache.match(this.#at('v', key));
    const value = response && decode(new Uint8Array(await response.arrayBuffer()));
    // What comes from a clock that was ahead would be taken for younger than what is invalidated by now.
    const isThere = value && value.fence <= at && !(await this.#isClosed(key, value.groups, value.fence));
    const there = isThere ? value : undefined;
    return {
      record: there?.record ?? '',
      version: { at, value: there },
      body: async (slot) => {
        const name = there?.bodies.get(slot);
        return typeof name === 'string' ? cache.match(this.#at('b', name)) : undefined;
      },
    };
  }

  async write(key: string, { since, from, record, body, freed, seconds, groups }: Change): Promise<Outcome> {
    const asked = (since as Found['version'] | undefined)?.at;
    if (asked === undefined || (await this.#isClosed(key, groups, asked))) return 'refused';
    const cache = await this.cache();
    const left = Math.min(seconds, LONGEST);
    if (!record || left === 0) {
      await cache.delete(this.#at('v', key));
      return 'written';
    }
    const bodies = new Map((from as Found).version.value?.bodies);
    for (const slot of freed) bodies.delete(slot);
    for (const [slot, name] of bodies) {
      // What has been validated lives longer than it was to live when its body came.
      if (endOf(name as string) - this.clock() > left * 500) continue;
      const there = await cache.match(this.#at('b', name as string));
      if (there) bodies.set(slot, await this.#keep(there, left));
    }
    if (body) bodies.set(body.slot, await this.#keep(body.response, left));
    // The body took its time.
    if (await this.#isClosed(key, groups, asked)) return 'refused';
    const value = { id: newId(), fence: asked, key, groups, until: this.clock() + left * 1000, record, bodies };
    await cache.put(this.#at('v', key), new Response(encode(value), kept(left)));
    return 'written';
  }

  /** Keeps a body for so many seconds, under a name that says until when, and gives that. */
  async #keep({ body }: Response, seconds: number): Promise<string> {
    const name = `${this.clock() + seconds * 1000}:${newId()}`;
    await (await this.cache()).put(this.#at('b', name), new Response(body, kept(seconds)));
    return name;
  }

  async invalidate(what: Invalidation): Promise<void> {
    const cache = await this.cache();
    const put = (name: string) => cache.put(this.#at('i', name), new Response(String(this.clock()), kept(LONGEST)));
    await Promise.all(namesOf(what).map(put));
  }

  /** Whether what was asked for at a moment has been invalidated then, or since. */
  async #isClosed(key: string, groups: string[], asked: number): Promise<boolean> {
    const cache = await this.cache();
    const names = namesOf({ keys: [key], origin: originOf(key), groups: ['', ...groups] });
    const moments = names.map(async (name) => Number(await (await cache.match(this.#at('i', name)))?.text()));
    return (await Promise.all(moments)).some((moment) => moment >= asked);
  }

  #at(kind: string, name: string): string {
    return `${ORIGIN}/${encodeURIComponent(this.prefix)}/${kind}/${encodeURIComponent(name)}`;
  }
}

/** Until when a body is kept, in milliseconds since the epoch. */
const endOf = (name: string): number => Number(name.split(':', 1)[0]);

/** How the runtime is told for how long to keep something. */
const kept = (seconds: number): ResponseInit => ({ headers: { 'cache-control': `max-age=${seconds}` } });
