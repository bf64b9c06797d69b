// The database of the systems: PostgreSQL (PGlite), in a thread of its own, so that a query does not keep a server from answering. A
// message is a statement and what goes into it.

import { PGlite } from '@electric-sql/pglite';
import { parentPort } from 'node:worker_threads';
import { SCHEMA } from './schema.mjs';

const database = new PGlite();
await database.exec(SCHEMA);

parentPort.on('message', async ({ number, sql, values }) => {
  const { rows } = await database.query(sql, values);
  parentPort.postMessage({ number, rows });
});
parentPort.postMessage({ isReady: true });
