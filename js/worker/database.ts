// Opening IndexedDB. Some browsers never say what became of it (WebKit, when it has just started; any, where another tab holds on
// to a database that is being deleted): what waits for one must not keep a page waiting for ever.

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
  const opened = result(request).then((database) => {
    stuck.delete(name);
    // Whoever clears the site's data, or deletes it, must not have to wait for a worker that has nothing to do.
    database.onversionchange = () => database.close();
    return database;
  });
  return new Promise((resolve, reject) => {
    opened.then(resolve, reject);
    const giveUp = () => {
      stuck.add(name);
      // What opens now belongs to nobody.
      opened.then((database) => database.close()).catch(() => {});
      reject(new Error('IndexedDB does not answer'));
    };
    const late = setTimeout(giveUp, stuck.has(name) ? 0 : PATIENCE);
    opened.finally(() => clearTimeout(late)).catch(() => {});
  });
}

/** What a request of IndexedDB comes to. */
export function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
