// System 6: three processes with one Redis. Who asks the origin server, how soon all know what one has invalidated, and how much more
// three read than one.

import { fork } from 'node:child_process';
import { invalidateAndWatch, startInstances } from '../../examples/systems/instances.mjs';
import { cachingFetch, redisStore } from '../../pkg/node.js';
import { startRedis } from '../../tests/node/redis-server.mjs';

const KEYS = 50;
const TIMES = KEYS * 60;

export async function instances({ add, rounds }) {
  const redis = await startRedis();
  const instances = await startInstances(redis.port);
  const { all, state } = instances;
  await Promise.all(Array.from({ length: TIMES }, (_, n) => all[n % 3].act({ act: 'read', key: `key${n % KEYS}` })));
  add('6-instances/asked for 50 keys, 3,000 times', 'uncached', [TIMES], 'times');
  add('6-instances/asked for 50 keys, 3,000 times', 'keepfresh', [state.asked], 'times');
  const lags = [];
  for (let round = 0; round < rounds * 5; round++) {
    for (const one of all) await one.act({ act: 'read', key: 'key0' });
    lags.push(await invalidateAndWatch(instances, 'key0'));
  }
  // The origin server takes 20 ms of it.
  add('6-instances/seen by all', 'keepfresh', lags, 'ms');
  instances.close();
  await reading({ add, redis, rounds });
  await redis.close();
}

const READS = 4200;
const URLS = Array.from({ length: 64 }, (_, n) => `http://site.example/${n}`);

/** What a read costs where one process reads, and where three do: until Redis, or the machine, has no more to give. */
async function reading({ add, redis, rounds }) {
  const client = await redis.client();
  const store = redisStore({ client });
  const headers = { 'cache-control': 'max-age=3600' };
  const fetch = cachingFetch({ shared: true, store, fetch: async () => new Response('x'.repeat(2000), { headers }) });
  for (const [n, url] of URLS.entries()) {
    await (await fetch(url)).text();
    await client.set(`{bare}${n}`, 'x'.repeat(2000));
  }
  await fetch.idle();
  await store.close();
  const file = new URL('reader.mjs', import.meta.url);
  const processes = await Promise.all(
    [0, 1, 2].map(async () => {
      const child = fork(file, [String(redis.port), ...URLS]);
      await new Promise((resolve) => child.once('message', resolve));
      return child;
    }),
  );
  const taken = new Map();
  for (let round = -1; round < rounds; round++) {
    for (const many of [1, 3]) {
      for (const kind of ['bare', 'keepfresh']) {
        const begun = performance.now();
        const done = processes.slice(0, many).map((child) => {
          child.send({ kind, count: READS / many, atOnce: 32 });
          return new Promise((resolve) => child.once('message', resolve));
        });
        await Promise.all(done);
        const key = `6-instances/a read, ${many === 1 ? 'one process' : 'three processes'}\n${kind}`;
        if (round >= 0) taken.set(key, [...(taken.get(key) ?? []), ((performance.now() - begun) * 1000) / READS]);
      }
    }
  }
  for (const [key, figures] of taken) {
    const [name, kind] = key.split('\n');
    add(name, kind === 'bare' ? 'a bare GET' : kind, figures, 'µs');
  }
  for (const child of processes) child.kill();
}
