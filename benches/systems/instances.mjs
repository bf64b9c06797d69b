// System 6: three processes with one Redis. Who asks the origin server, and how soon all know what one has invalidated.

import { invalidateAndWatch, startInstances } from '../../examples/systems/instances.mjs';
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
  await redis.close();
}
