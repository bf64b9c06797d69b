// Free rooms of hotels, asked of a database in a thread of its own.

import { Worker } from 'node:worker_threads';

export const HOTELS = 10;

/**
 * Opens the database. `query` gives the free rooms of a hotel in each of the next 24 hours, `run` what a statement gives; `count` says how
 * often it was asked.
 */
export async function openRooms() {
  const database = new Worker(new URL('database.mjs', import.meta.url));
  const waiting = new Map();
  const ask = (what) =>
    new Promise((resolve) => {
      waiting.set(++rooms.count, resolve);
      database.postMessage({ ...what, number: rooms.count });
    });
  const rooms = {
    count: 0,
    query: (hotel) => ask({ hotel }),
    run: (sql, values) => ask({ sql, values }),
    close: () => database.terminate(),
  };
  await new Promise((resolve, reject) => {
    database.once('error', reject);
    database.on('message', ({ isReady, number, rows }) => {
      if (isReady) return resolve();
      waiting.get(number)(rows);
      waiting.delete(number);
    });
  });
  return rooms;
}

/** What may be shown: a second old, or five while it is asked for anew. */
const FIELDS = { 'cache-control': 'max-age=1, stale-while-revalidate=4', 'content-type': 'application/json' };

/** A listener that asks the database each time. */
export const listenerOf = (rooms) => async (request, response) => {
  const rows = await rooms.query(Number(new URL(request.url, 'http://x').searchParams.get('hotel')));
  response.writeHead(200, FIELDS).end(JSON.stringify({ asked: Date.now(), rows }));
};
