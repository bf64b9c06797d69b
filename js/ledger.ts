// What routes keep, and how much room it takes: in IndexedDB, so that nothing takes longer the more is kept. What has to go
// is decided in src/policy/eviction.rs. That something was used is written down when something is written anyway.

import { sizeOf } from './body.js';
import { BATCH, Book, type Group, openBook } from './book.js';
import { type Budget, readExtras } from './parts.js';
import type { CacheStore } from './cache-storage.js';

const USED = 1000; // How much is remembered of what was used.
export class Ledger {
  #database: Promise<IDBDatabase> | undefined;
  #used = new Set<string>();
  evicted = 0; // Keys that had to go, since the worker started.
  #last: Promise<unknown> = Promise.resolve();
  #counted: Promise<void> = Promise.resolve();

  /** @param fates tells what becomes of entries (`Engine.ask`, `evict`). */
  constructor(
    readonly name: string,
    readonly budget: Budget,
    readonly fates: (question: string) => string,
  ) {}

  /** Notes that something was used: nothing is written. */
  use(key: string): void {
    if (this.#used.size >= USED) this.#used.clear();
    this.#used.add(key);
  }

  /** Enters what a store keeps in a slot, and has it remove what has to go for it, before anything else is entered. */
  count(store: CacheStore, key: string, slot: string, extras: string, variants: number): Promise<void> {
    const enter = async () => {
      const body = slot ? await store.body(key, slot) : undefined;
      if (slot && !body) return;
      const gone = await this.add(key, body && (await sizeOf(body)) * variants, extras, Date.now()).catch(async () => {
        return (await store.keys()).slice(0, -this.budget.maxEntries); // IndexedDB is refused: the oldest go.
      });
      this.evicted += gone.length;
      await store.remove(gone);
    };
    return (this.#counted = this.#counted.then(enter, enter));
  }

  /**
   * Enters a key, or what it takes by now.
   *
   * @param size in bytes; absent if it is what it was, and is kept anew.
   * @param extras what the route says of it.
   * @returns the keys that have to go for it. They count until they are removed: a worker that is stopped in between
   *   names them again.
   */
  add(key: string, size: number | undefined, extras: string, now: number): Promise<string[]> {
    const { group, keepSeconds, tags, ...own } = readExtras(extras);
    return this.#change(async (book) => {
      const before = await book.strike(key);
      const bytes = size ?? before?.bytes ?? 0;
      if (bytes > Math.min(own.maxBytes, this.budget.maxBytes)) return [key];
      const all = await book.group('');
      const turn = before?.turn ?? all.next;
      await book.save({ ...all, next: all.next + 1 });
      const until = keepSeconds < Infinity ? { until: now + keepSeconds * 1000 } : {};
      await book.enter({ key, group, bytes, turn, used: 0, tags, ...until });
      for (const used of [...this.#used].slice(0, BATCH)) await this.#mark(book, used, 1);
      const gone = new Set(await book.expired(now));
      if (group) await this.#shrink(book, await book.group(group), own, gone, key);
      await this.#shrink(book, await book.group(''), this.budget, gone, key);
      return [...gone];
    });
  }

  /** What is worth least of everything, so that so many bytes become free, or else an eighth: the keys that go. */
  shed(bytes: number): Promise<string[]> {
    return this.#change(async (book) => {
      const all = await book.group('');
      const gone = new Set<string>();
      const maxBytes = Math.max(0, all.bytes - Math.max(bytes, all.bytes / 8));
      await this.#shrink(book, all, { maxBytes, maxEntries: Infinity }, gone);
      return [...gone];
    });
  }

  /** Strikes out what is not kept any more. */
  remove(keys: readonly string[]): Promise<void> {
    return this.#change(async (book) => {
      for (const key of keys) await book.strike(key);
    });
  }

  /** The keys with a tag. */
  tagged(tag: string): Promise<string[]> {
    return this.#change((book) => book.tagged(tag));
  }

  /** Says what is there: a browser may have removed something, or there was no ledger before. */
  async heal(store: CacheStore): Promise<void> {
    const [there, entered] = [new Set(await store.keys()), new Set(await this.#change((book) => book.keys()))];
    await this.remove([...entered].filter((key) => !there.has(key)));
    for (const key of there) if (!entered.has(key)) await this.add(key, 0, '', 0);
  }

  /** Goes on with a group's hand until the group is within its limits; `own` has just come, and stays. */
  async #shrink(book: Book, group: Group, limits: Budget, gone: Set<string>, own?: string): Promise<void> {
    let { bytes, entries, hand } = group;
    const goes = (key: string, size: number) => {
      gone.add(key);
      [bytes, entries] = [bytes - size, entries - 1];
    };
    for (const key of [...gone]) {
      const entry = await book.entry(key);
      if (entry && [entry.group, ''].includes(group.name)) goes(key, entry.bytes);
    }
    const excess = () => [Math.max(0, bytes - limits.maxBytes), Math.max(0, entries - limits.maxEntries)];
    // Once around, the hand may do no more than take back that everything was used.
    for (let rounds = 0; rounds < 3 && excess().some((over) => over > 0);) {
      const seen = await book.from(group.name, hand);
      const open = seen.filter(({ key }) => key !== own && !gone.has(key));
      const lines = open.map(({ key, bytes, used }) => `${bytes} ${this.#used.has(key) ? 1 : used}`);
      const fates = this.fates(['evict', excess().join(' '), ...lines].join('\n'));
      for (const [index, { key, bytes: size }] of open.entries()) {
        if (fates[index] === 'e') goes(key, size);
        if (fates[index] === 's') await this.#mark(book, key, 0);
      }
      const stop = open[fates.indexOf('k')];
      if (seen.length === 0) rounds++;
      hand = stop ? stop.turn : seen.length > 0 ? seen.at(-1)!.turn + 1 : 0;
    }
    await book.save({ ...(await book.group(group.name)), hand });
  }

  async #mark(book: Book, key: string, used: number): Promise<void> {
    const entry = await book.entry(key);
    // What is not there may be on its way.
    if (entry) this.#used.delete(key);
    if (entry && entry.used !== used) await book.put({ ...entry, used });
  }

  /** One after the other: a change sees what those before it have done. */
  #change<T>(work: (book: Book) => Promise<T>): Promise<T> {
    const change = async () => {
      this.#database ??= openBook(this.name);
      try {
        return await work(new Book(await this.#database));
      } catch (error) {
        this.#database = undefined; // It may have been closed, or deleted.
        throw error;
      }
    };
    return (this.#last = this.#last.then(change, change)) as Promise<T>;
  }
}
