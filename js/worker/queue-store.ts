// Where requests wait: in IndexedDB, in the order in which they came.

import { inTime, openDatabase, said } from './database.js';
import { bytesOf } from '../host/request-body.js';

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
  mode: RequestMode;
  redirect: RequestRedirect;
  /** When it was made, in milliseconds since the epoch; how often it was tried; and when it may be again. */
  at: number;
  tries: number;
  next: number;
  /** When it was tried last. A clock that says an earlier time now was set back. */
  tried?: number;
  /** Until when the server wants to be left alone (`Retry-After`), if it has said so. */
  until?: number;
}

export class QueueStore {
  #database: Promise<IDBDatabase> | undefined;
  #last: Promise<number> | undefined;

  constructor(readonly name: string) {}

  /** What waits, in order, one after the other: all of them together may be more than there is memory for. */
  async *all(): AsyncGenerator<Waiting> {
    for (const id of await this.#change((store) => store.getAllKeys())) {
      const one: Waiting | undefined = await this.#change((store) => store.get(id));
      if (one) yield one;
    }
  }

  /** A place behind all that came before, whatever the clock says by now. */
  nextId(): Promise<number> {
    const last = (this.#last ??= this.#change((store) => store.getAllKeys()).then((keys) => Number(keys.at(-1) ?? 0)));
    const next = last.catch(() => 0).then((id) => Math.max(id + 1, Date.now() * 1000));
    return (this.#last = next);
  }

  /** How many wait, in one queue or in all. */
  count(queue?: string): Promise<number> {
    return this.#change((store) => (queue ? store.index('queue').count(queue) : store.count()));
  }

  add(one: Waiting): Promise<unknown> {
    return this.#change((store) => store.add(one));
  }

  /** Writes down what has become of a request; nothing if it was discarded meanwhile. */
  update(one: Waiting): Promise<unknown> {
    return this.#change((store) => {
      const found = store.openCursor(one.id);
      found.addEventListener('success', () => found.result?.update(one));
      return found;
    });
  }

  remove({ id }: Waiting): Promise<unknown> {
    return this.#change((store) => store.delete(id));
  }

  /** Done is what is on the disk. */
  async #change<T>(work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const begin = async () => {
      const database = await (this.#database ??= open(this.name));
      return database.transaction('requests', 'readwrite', { durability: 'strict' });
    };
    const transaction = await begin().catch(() => {
      this.#database = undefined; // It may have been closed, or deleted.
      return begin();
    });
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    try {
      const answer = said(work(transaction.objectStore('requests')));
      const written = Promise.all([answer, done]).then(([value]) => value);
      // What is not known to be kept must not be. What is being committed cannot be given up any more: it is kept.
      const giveUp = async () => {
        try {
          transaction.abort();
        } catch {
          await done;
          await new Promise((resolve) => setTimeout(resolve));
        }
      };
      return await inTime(written, giveUp);
    } catch (error) {
      // Another connection may be better.
      this.#database = undefined;
      transaction.db.close();
      throw error;
    }
  }
}

const open = (name: string): Promise<IDBDatabase> =>
  openDatabase(name, (database) => {
    database.createObjectStore('requests', { keyPath: 'id' }).createIndex('queue', 'queue');
  });

/** Says to a server that two requests are one (draft-ietf-httpapi-idempotency-key-header). */
const KEY = 'idempotency-key';

/** How large a request may be that waits. */
export const MOST_BYTES = 8 * 1024 * 1024;

/** What is kept of a request; its body is still to be sent. Of one that is too large the body is cut short. */
export async function waitingOf(request: Request, queue: string, id: number): Promise<Waiting> {
  const { url, method, credentials, mode, redirect } = request;
  const at = Date.now();
  const headers = new Headers(request.headers);
  // The first attempt may have reached the server. Elsewhere, the field would have to be asked for (CORS, preflight).
  if (new URL(url).origin === location.origin && !headers.has(KEY)) headers.set(KEY, crypto.randomUUID());
  const body = await (await bytesOf(request.clone(), MOST_BYTES)).arrayBuffer();
  return { id, queue, url, method, headers: [...headers], body, credentials, mode, redirect, at, tries: 0, next: at };
}

/** The request as it was. */
export const rebuilt = ({ url, method, headers, body, credentials, mode, redirect }: Waiting) =>
  new Request(url, {
    method,
    headers: headers as [string, string][],
    credentials,
    mode,
    redirect,
    ...(body.byteLength > 0 ? { body } : {}),
  });
