// Bookings and prices on the real PostgreSQL, as a server of its own with connections to it.

import assert from 'node:assert/strict';
import autocannon from 'autocannon';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { openPrices } from '../../examples/systems/prices.mjs';
import { HOTELS, listenerOf } from '../../examples/systems/rooms.mjs';
import { SCHEMA } from '../../examples/systems/schema.mjs';
import { serverCache } from '../../pkg/node.js';
import { missing as withoutRedis, startRedis } from '../node/redis-server.mjs';
import { missing, startPostgres } from './postgres-server.mjs';

describe('PostgreSQL', { skip: missing ?? withoutRedis, timeout: 120_000 }, () => {
  let database;
  let redis;
  before(async () => {
    database = await startPostgres();
    await database.run(SCHEMA);
    redis = await startRedis();
  });
  after(async () => {
    await redis?.close();
    await database?.close();
  });

  /** What a load of a number of requests cost: queries. */
  async function load(listener, amount) {
    const server = createServer(listener);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const before = database.count;
    const requests = Array.from({ length: HOTELS }, (_, hotel) => ({ path: `/free?hotel=${hotel}` }));
    const url = `http://127.0.0.1:${server.address().port}`;
    const { non2xx, errors } = await autocannon({ url, connections: 20, amount, requests });
    server.closeAllConnections();
    server.close();
    assert.deepEqual([non2xx, errors], [0, 0]);
    return database.count - before;
  }

  it('is asked a twentieth as often, and less', async () => {
    const listener = listenerOf(database);
    assert.equal(await load(listener, 200), 200);
    const cache = serverCache({ onWarning: (what, error) => assert.fail(`${what}: ${error}`) });
    const queries = await load(cache.listener(listener), 4000);
    assert.ok(queries >= HOTELS && queries * 20 <= 4000, `${queries} queries for 4,000 answers`);
  });

  it('has writes that no instance sees undone', async () => {
    const prices = await openPrices(redis, database);
    await prices.write();
    const { queries, reads, undone, writes } = await prices.write();
    assert.deepEqual([reads, undone, writes], [820, 0, 20]);
    assert.ok(queries <= 40, `${queries} queries`);
    await prices.close();
  });
});
