// What routes keep, and how much room it takes: in IndexedDB, so that nothing takes longer the more is kept. What has to go
// is decided in src/policy/eviction.rs. That something was used is written down when something is written anyway.

import { sizeOf } from '../host/body.js';
import { BATCH, Book, openBook } from './book.js';
import { type Budget, readExtras } from '../host/extras.js';
import type { CacheStore } from './cache-storage.js';
import { mark, shrink } from './shrink.js';

/** How much is remembered of what was used. */
const USED = 1000;

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
    return this.#inTurn(async () => {
      const body = slot ? await store.body(key, slot) : undefined;
      if (slot && !body) return;
      const size = body && (await sizeOf(body)) * variants;
      // Where IndexedDB is refused, the oldest go.
      const oldest = async () => (await store.keys()).slice(0, -this.budget.maxEntries);
      const gone = await this.add(key, size, extras, Date.now()).catch(oldest);
      this.evicted += gone.length;
      await store.remove(gone);
    });
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
      for (const used of [...this.#used].slice(0, BATCH)) await mark(book, used, 1, this.#used);
      const gone = new Set(await book.expired(now));
      if (group) await this.#shrink(book, group, own, gone, key);
      await this.#shrink(book, '', this.budget, gone, key);
      return [...gone];
    });
  }

  /** What is worth least of everything, so that so many bytes become free, or else an eighth: the keys that go. */
  shed(bytes: number): Promise<string[]> {
    return this.#change(async (book) => {
      const all = await book.group('');
      const gone = new Set<string>();
      const maxBytes = Math.max(0, all.bytes - Math.max(bytes, all.bytes / 8));
      await this.#shrink(book, '', { maxBytes, maxEntries: Infinity }, gone);
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
  heal(store: CacheStore): Promise<void> {
    return this.#inTurn(async () => {
      const [there, entered] = [new Set(await store.keys()), new Set(await this.#change((book) => book.keys()))];
      await this.remove([...entered].filter((key) => !there.has(key)));
      for (const key of there) if (!entered.has(key)) await this.add(key, 0, '', 0);
    });
  }

  #shrink(book: Book, group: string, limits: Budget, gone: Set<string>, own?: string): Promise<void> {
    return shrink(book, group, limits, gone, { fates: this.fates, used: this.#used }, own);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    return (this.#counted = this.#counted.then(work, work));
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
