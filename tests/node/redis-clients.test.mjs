// Clients of the package `redis` beside the plain one, each as a real one: two instances, one Redis.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClient, createClientPool } from 'redis';
import { cachingFetch, redisStore } from '../../pkg/node.js';
import { origin, until, URL_ } from './redis-instances.mjs';
import { missing, startRedis } from './redis-server.mjs';

const FIELDS = { 'cache-control': 'max-age=60', 'cache-groups': '"news"' };
const ORIGIN = 'http://site.example';

/** A name, and what makes a client of its kind. */
const CLIENTS = {
  'a pool': (options) => createClientPool(options),
  'a pool that speaks RESP 3': (options) => createClientPool({ ...options, RESP: 3 }),
  'a client that speaks RESP 3': (options) => createClient({ ...options, RESP: 3 }),
  'a client that puts something before all names': (options) => createClient({ ...options, keyPrefix: 'app:' }),
  'a pool that puts something before all names': (options) => createClientPool({ ...options, keyPrefix: 'app:' }),
};

/** Bodies that lie with their record, and by themselves. */
const LENGTHS = [10, 500_000];

describe('with Redis', { skip: missing }, () => {
  let redis;
  before(async () => (redis = await startRedis()));
  after(() => redis.close());

  for (const [name, create] of Object.entries(CLIENTS)) {
    it(`by ${name}, what one instance has stored the other serves, until one of them invalidates it`, async (t) => {
      const warnings = [];
      const onWarning = (message, error) => warnings.push(`${message}: ${error}`);
      const clients = await Promise.all(
        [0, 1].map(() =>
          create({ url: `redis://127.0.0.1:${redis.port}` })
            .on('error', onWarning)
            .connect(),
        ),
      );
      // A machine that is busy answers late.
      const stores = clients.map((client) => redisStore({ client, onWarning, prefix: name, timeoutMs: 20_000 }));
      const leave = async () => {
        for (const store of stores) await store.close();
        for (const client of clients) client.destroy();
      };
      t.after(leave);
      for (const store of stores) await store.ready();
      for (const length of LENGTHS) {
        const url = `${URL_}-${length}`;
        const answer = origin(FIELDS, async (count) => `${count}`.padEnd(length, 'x'));
        const [one, other] = stores.map((store) => cachingFetch({ shared: true, store, fetch: answer, onWarning }));
        const get = async (fetch) => Number((await (await fetch(url)).text()).replace(/x+/, ''));
        let count = 0;
        for (const what of [{ keys: [url] }, { origin: ORIGIN, groups: ['news'] }, { origin: ORIGIN }]) {
          assert.equal(await get(one), ++count);
          await one.idle();
          assert.equal(await get(other), count);
          await one.invalidate(what);
          // Its own next look; the other's as soon as the announcement is there, for it has it in memory.
          assert.equal(await get(one), ++count, JSON.stringify(what));
          await one.idle();
          await until('the announcement', async () => (await get(other)) === count);
          await one.invalidate({ origin: ORIGIN });
        }
      }
      assert.deepEqual(warnings, []);
    });
  }

  it('a pool that lends no client when the store begins hears what is announced when it does', async (t) => {
    const warnings = [];
    const onWarning = (message) => warnings.push(message);
    const url = `redis://127.0.0.1:${redis.port}`;
    const looker = await createClient({ url }).connect();
    const pool = await createClientPool({ url }, { minimum: 1, maximum: 1, acquireTimeout: 50 }).connect();
    let free;
    const busy = pool.execute(() => new Promise((resolve) => (free = resolve)));
    const store = redisStore({ client: pool, onWarning, prefix: 'busy', timeoutMs: 20_000 });
    t.after(async () => {
      free();
      await store.close();
      for (const client of [looker, pool]) client.destroy();
    });
    await store.ready();
    assert.deepEqual(warnings, ['what other instances announce is not heard']);
    free();
    await busy;
    await until('somebody listens', async () => (await looker.pubSubNumSub('busy:news'))['busy:news'] === 1);
  });
});
