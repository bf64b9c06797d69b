// Where requests wait: in IndexedDB, in the order in which they came.

import { result } from './book.js';

/** What is kept of a request. */
export interface Waiting {
  /** Says in which order they came. */
  id: number;
  queue: string;
  url: string;
  method: string;
  headers: string[][];
  body: ArrayBuffer;
  credentials: RequestCredentials;
  /** When it was made, in milliseconds since the epoch; how often it was tried; and when it may be again. */
  at: number;
  tries: number;
  next: number;
}

export class QueueStore {
  #database: Promise<IDBDatabase> | undefined;

  constructor(readonly name: string) {}

  all(): Promise<Waiting[]> {
    return this.#change((store) => store.getAll());
  }

  count(): Promise<number> {
    return this.#change((store) => store.count());
  }

  put(one: Waiting): Promise<unknown> {
    return this.#change((store) => store.put(one));
  }

  remove({ id }: Waiting): Promise<unknown> {
    return this.#change((store) => store.delete(id));
  }

  /** Done is what is on the disk. */
  async #change<T>(work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    this.#database ??= open(this.name);
    this.#database.catch(() => (this.#database = undefined));
    const transaction = (await this.#database).transaction('requests', 'readwrite', { durability: 'strict' });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    const [value] = await Promise.all([result(work(transaction.objectStore('requests'))), done]);
    return value;
  }
}

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore('requests', { keyPath: 'id' });
  return result(request);
}

/** The request as it was. */
export const rebuilt = ({ url, method, headers, body, credentials }: Waiting) =>
  new Request(url, {
    method,
    headers: headers as [string, string][],
    credentials,
    ...(body.byteLength > 0 ? { body } : {}),
  });
