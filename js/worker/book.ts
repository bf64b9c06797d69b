// The pages of the ledger: one transaction on IndexedDB. Sums are kept with the entries, so that nobody has to count.

import { openDatabase, result } from './database.js';

/** One key. */
export interface Entry {
  key: string;
  /** Whose budget it counts against beside the common one: a route's, or nobody's. */
  group: string;
  bytes: number;
  /** In which order it came. */
  turn: number;
  /** Whether it was used since the hand came by. */
  used: number;
  /** When it is to go, in milliseconds since the epoch; absent if never. */
  until?: number;
  tags: string[];
}

/** What is kept together; without a name, everything. */
export interface Group {
  name: string;
  bytes: number;
  entries: number;
  /** The turn of the entry that stands before the hand. */
  hand: number;
  /** The turn of what comes next, for everything. */
  next: number;
}

/** How many entries are looked at at a time. */
export const BATCH = 32;

/** Opens a database of this form, and makes it if there is none. */
export function openBook(name: string): Promise<IDBDatabase> {
  return openDatabase(name, (database) => {
    const entries = database.createObjectStore('entries', { keyPath: 'key' });
    for (const path of ['turn', 'until']) entries.createIndex(path, path);
    entries.createIndex('group', ['group', 'turn']);
    entries.createIndex('tags', 'tags', { multiEntry: true });
    database.createObjectStore('groups', { keyPath: 'name' });
  });
}

export class Book {
  readonly #entries: IDBObjectStore;
  readonly #groups: IDBObjectStore;

  constructor(database: IDBDatabase) {
    const transaction = database.transaction(['entries', 'groups'], 'readwrite');
    [this.#entries, this.#groups] = [transaction.objectStore('entries'), transaction.objectStore('groups')];
  }

  async group(name: string): Promise<Group> {
    return (await result(this.#groups.get(name))) ?? { name, bytes: 0, entries: 0, hand: 0, next: 1 };
  }

  save(group: Group): Promise<unknown> {
    return result(this.#groups.put(group));
  }

  entry(key: string): Promise<Entry | undefined> {
    return result(this.#entries.get(key));
  }

  put(entry: Entry): Promise<unknown> {
    return result(this.#entries.put(entry));
  }

  /** Takes an entry out, if it is there, and off the sums. */
  async strike(key: string): Promise<Entry | undefined> {
    const entry = await this.entry(key);
    if (entry) {
      await result(this.#entries.delete(key));
      await this.#count(entry, -1);
    }
    return entry;
  }

  async enter(entry: Entry): Promise<void> {
    await this.put(entry);
    await this.#count(entry, 1);
  }

  /** The entries of a group from a turn on, up to a batch of them. */
  from(name: string, turn: number): Promise<Entry[]> {
    const [index, low, high] = name ? ['group', [name, turn], [name, Infinity]] : ['turn', turn, Infinity];
    return result(this.#entries.index(index as string).getAll(IDBKeyRange.bound(low, high), BATCH));
  }

  /** Keys whose time has come, up to a batch of them. */
  expired(now: number): Promise<string[]> {
    return keys(this.#entries.index('until').getAllKeys(IDBKeyRange.upperBound(now), BATCH));
  }

  tagged(tag: string): Promise<string[]> {
    return keys(this.#entries.index('tags').getAllKeys(tag));
  }

  keys(): Promise<string[]> {
    return keys(this.#entries.getAllKeys());
  }

  async #count({ group, bytes }: Entry, sign: number): Promise<void> {
    for (const name of new Set(['', group])) {
      const one = await this.group(name);
      await this.save({ ...one, bytes: one.bytes + sign * bytes, entries: one.entries + sign });
    }
  }
}

const keys = (request: IDBRequest<IDBValidKey[]>) => result(request) as Promise<string[]>;
