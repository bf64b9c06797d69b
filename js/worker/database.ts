// IndexedDB. Some browsers never say what became of what they were asked for (WebKit, when it has just started; any, where another
// tab holds on to a database that is being deleted, or a disk does not answer): nothing must keep a page waiting for ever.

import { PATIENCE } from '../host/flights.js';

/** Those that have not answered when they were opened last: nobody waits for them again. */
const stuck = new Set<string>();

/**
 * Opens a database, and makes it if there is none.
 *
 * @param make makes its stores.
 * @throws an error after five seconds; at once, while that of the try before has not answered.
 */
export function openDatabase(name: string, make: (database: IDBDatabase) => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => make(request.result);
  const opened = said(request).then((database) => {
    stuck.delete(name);
    // Whoever clears the site's data, or deletes it, must not have to wait for a worker that has nothing to do.
    database.onversionchange = () => database.close();
    return database;
  });
  const giveUp = () => {
    stuck.add(name);
    // What opens now belongs to nobody.
    opened.then((database) => database.close()).catch(() => {});
  };
  return inTime(opened, giveUp, stuck.has(name) ? 0 : PATIENCE);
}

/** Milliseconds after which nothing more is expected of what was begun. Much that was asked for at once takes its time on a busy disk. */
const LONGEST = 60_000;

/** What a request of IndexedDB comes to. Of one that is not answered in time nothing is to come any more. */
export const result = <T>(request: IDBRequest<T>): Promise<T> =>
  inTime(said(request), () => request.transaction?.abort());

/** The same, however long it takes. */
export const said = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Waits for an answer, but not for ever. What comes while it is given up counts. */
export function inTime<T>(answer: Promise<T>, giveUp: () => unknown, patience = LONGEST): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(new Error('IndexedDB does not answer'));
    const late = setTimeout(() => (async () => giveUp())().then(end, end), patience);
    answer.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
