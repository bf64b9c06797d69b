// Free rooms of hotels, asked of a database in a thread of its own.

import { Worker } from 'node:worker_threads';
import { FREE } from './schema.mjs';

export { HOTELS } from './schema.mjs';

/** Opens the database. `run` gives the rows of a statement, `count` says how often that was asked for. */
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
  const rows = await rooms.run(FREE, [Number(new URL(request.url, 'http://x').searchParams.get('hotel'))]);
  response.writeHead(200, FIELDS).end(JSON.stringify({ asked: Date.now(), rows }));
};
