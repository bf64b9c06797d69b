// System 6: three processes with one Redis. Who asks the origin server, and how soon all know what one has invalidated.

import { fork } from 'node:child_process';
import { startRedis } from '../../tests/node/redis-server.mjs';

const KEYS = 50;

export async function instances({ add, rounds }) {
  const redis = await startRedis();
  let asked = 0;
  let version = 1;
  const all = await Promise.all(
    [0, 1, 2].map(async () => {
      const options = JSON.stringify({ port: redis.port, memoryBytes: 16 << 20, skew: 0 });
      const child = fork(new URL('../../tests/node/consistency-instance.mjs', import.meta.url), [options]);
      const waiting = new Map();
      let numbers = 0;
      await new Promise((resolve) => {
        child.on('message', (message) => {
          if (message.isReady) return resolve();
          if (message.done) return waiting.get(message.done)(message);
          asked++;
          const rows = { group: 'all', version };
          setTimeout(() => child.send({ answer: message.number, rows }), 20);
        });
      });
      const act = (what) =>
        new Promise((done) => {
          waiting.set(++numbers, done);
          child.send({ ...what, number: numbers });
        });
      return { act, child };
    }),
  );
  const [first, ...others] = all;
  await Promise.all(
    Array.from({ length: KEYS * 3 * 20 }, (_, n) => all[n % 3].act({ act: 'read', key: `key${n % KEYS}` })),
  );
  add('6-instances/asked for 50 keys, 3,000 times', 'uncached', [KEYS * 3 * 20], 'times');
  add('6-instances/asked for 50 keys, 3,000 times', 'keepfresh', [asked], 'times');
  const lags = [];
  for (let round = 0; round < rounds * 5; round++) {
    for (const one of all) await one.act({ act: 'read', key: 'key0' });
    version++;
    await first.act({ act: 'invalidate', keys: ['key0'] });
    const begun = performance.now();
    const seen = others.map(async ({ act }) => {
      while ((await act({ act: 'read', key: 'key0' })).version < version);
      return performance.now() - begun;
    });
    lags.push(Math.max(...(await Promise.all(seen))));
  }
  // The origin server takes 20 ms of it.
  add('6-instances/seen by all', 'keepfresh', lags, 'ms');
  for (const { child } of all) child.kill();
  await redis.close();
}
