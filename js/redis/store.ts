// A store in Redis. What is done there in one step is in scripts.ts.

import { randomUUID } from 'node:crypto';
import { asTimer } from '../server/limits.js';
import type { RedisStore, RedisStoreOptions } from '../server/redis-store.js';
import { type Change, type Invalidation, type Lead, type Outcome, type Snapshot } from '../server/shared-store.js';
import { RedisBodies } from './bodies.js';
import { changed, namesApart } from './change.js';
import { type Found, found, NOTHING } from './found.js';
import { RedisLeads } from './leads.js';
import { type News, RedisLink } from './link.js';
import { RedisMemory, type Read } from './memory.js';
import { ASKING_MS, Pending } from './pending.js';
import { groupsIn, groupsOf, Places } from './places.js';
import { RedisReads } from './reads.js';
import { WRITE } from './scripts.js';
import { encode } from './value.js';

export class InRedis implements RedisStore {
  readonly isShared = true;
  readonly #bodies: RedisBodies;
  readonly #by = randomUUID();
  readonly #channel: string;
  readonly #leads: RedisLeads;
  readonly #link: RedisLink;
  readonly #maxBodyBytes: number;
  readonly #memory: RedisMemory;
  readonly #places: Places;
  readonly #pending: Pending;
  readonly #reads: RedisReads;
  readonly #listening: Promise<unknown>;
  #isClosed = false;

  constructor({ client, prefix = 'keepfresh', shards = 16, ...options }: RedisStoreOptions) {
    const { memoryBytes = 16 << 20, maxBodyBytes = 8 << 20, timeoutMs = 250, leadMs = 3000 } = options;
    const warn = options.onWarning ?? ((what, error) => console.warn(`keepfresh: ${what}:`, error));
    const isCluster = 'getSlotMaster' in client;
    this.#places = new Places(prefix, shards);
    this.#maxBodyBytes = maxBodyBytes;
    this.#channel = `${prefix}:news`;
    this.#link = new RedisLink(client, timeoutMs);
    this.#memory = new RedisMemory(memoryBytes);
    this.#bodies = new RedisBodies(this.#link, this.#memory, timeoutMs);
    this.#pending = new Pending(this.#link, this.#places, { channel: this.#channel, by: this.#by });
    this.#reads = new RedisReads(this.#link, this.#memory, this.#pending, this.#places, isCluster);
    this.#leads = new RedisLeads(this.#link, this.#channel, asTimer(leadMs));
    const state = (isHeard: boolean) => (this.#memory.isHeard = this.#leads.isHeard = isHeard);
    this.#listening = this.#link
      .listen(this.#channel, (news) => this.#hear(news), state)
      .catch((error) => this.#isClosed || warn('what other instances announce is not heard', error));
  }

  momentOf(version: unknown): string {
    return (version as Found['version'] | undefined)?.asked ?? '';
  }

  async read(key: string): Promise<Found> {
    const inMemory = this.#memory.find(key);
    if (inMemory && this.#pending.isEmpty) return this.#found(key, inMemory);
    return this.#found(key, await this.#reads.read(key));
  }

  async write(key: string, change: Change): Promise<Outcome> {
    const { value: before, id, at } = (change.from as Found).version;
    const since = change.since as Found['version'] | undefined;
    const turn = this.#leads.turnOf(change.lead);
    // Nobody knows what was invalidated before anybody looked; nor does who has lost the turn to somebody else.
    if (!since || performance.now() - Math.min(at, since.at) > ASKING_MS * 0.9) return 'refused';
    if (turn && before && turn < before.fence) return 'refused';
    await this.#pending.tell();
    const { value, apart } = await changed(key, change, before, { fence: turn, limit: this.#maxBodyBytes });
    const groups = groupsOf(key, change.groups);
    const left = before?.groups.filter((group) => !value?.groups.includes(group)) ?? [];
    const kept = namesApart(value);
    const freed = namesApart(before).filter((name) => !kept.includes(name));
    const more = { freed, kept, left, groups, names: [`k${key}`, ...groups.map((group) => `g${group}`)] };
    const told = { ...more, apart: apart.map(([name]) => name), channel: this.#channel, by: this.#by };
    await this.#bodies.write(this.#at(key), apart);
    const outcome = (await this.#link.run(
      WRITE,
      [this.#at(key, 'version'), this.#at(key, 'v:', key)],
      [
        key,
        id,
        since.asked,
        String(Math.max(1, change.seconds * 1000)),
        value ? Buffer.from(encode(value)) : '',
        JSON.stringify(told),
      ],
    )) as Outcome;
    this.#memory.drop(key);
    return outcome;
  }

  /** Settles when no instance that hears of it is given any of it, and nothing of it can be written that was asked for before. */
  async invalidate(what: Invalidation): Promise<void> {
    this.#forget(what);
    // Whatever comes of it, this instance never is given what it has invalidated.
    this.#pending.add(what);
    await this.#pending.tell();
  }

  async lead(key: string, seen: Snapshot | undefined, patience: number): Promise<Lead | undefined> {
    const { id = NOTHING } = (seen as Found | undefined)?.version ?? {};
    const lead = await this.#leads.lead({ key, prefix: this.#at(key), value: this.#at(key, 'v:', key), id, patience });
    // Something else is there: what is in memory is from before, though nobody may have said so yet.
    if (!lead) this.#memory.drop(key);
    return lead;
  }

  /** Settles when what other instances announce is heard, or after a second: it will be when Redis is there. */
  async ready(): Promise<void> {
    await Promise.race([this.#listening, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#link.close();
    await this.ready();
  }

  /** What the name of a key begins with, or all of it. */
  #at(key: string, kind = '', name = ''): string {
    return this.#places.of(key) + kind + name;
  }

  #found(key: string, read: Read): Found {
    return found(read, (name) => this.#bodies.read(key, this.#at(key), name));
  }

  #hear(news: News): void {
    if (news.done !== undefined) this.#leads.hear(news.done, news.stored ?? false);
    else if (news.by !== this.#by) this.#memory.hear(news);
  }

  #forget({ keys = [], origin, groups }: Invalidation): void {
    this.#memory.hear({ keys, groups: groupsIn(origin, groups) });
  }
}
