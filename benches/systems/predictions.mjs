// System 1: predictions of a model, kept in Redis under the digest of the input, for all instances.

import { memoize, redisStore } from '../../pkg/node.js';
import { startRedis } from '../../tests/node/redis-server.mjs';
import { train } from '../../examples/systems/digits.mjs';

const INPUTS = 200;

export async function predictions({ add, rounds, say }) {
  const { predict, unseen } = train();
  const images = unseen.slice(0, INPUTS);
  const right = images.filter(({ image, digit }) => predict(image).digit === digit).length;
  say(
    `the model tells ${((100 * right) / images.length).toFixed(1)} % of ${images.length} digits that it has not seen`,
  );
  const redis = await startRedis();
  let computed = 0;
  const compute = async ({ image }) => {
    computed++;
    return predict(image);
  };
  const stores = [];
  const instance = async (memoryBytes) => {
    const store = redisStore({ client: await redis.client(), memoryBytes });
    stores.push(store);
    await store.ready();
    return memoize(compute, { name: 'predict', seconds: 3600, store });
  };
  const client = await redis.client();
  const [one, other, withMemory] = [await instance(0), await instance(0), await instance(16 << 20)];
  for (const { image } of images) await one({ image });
  await one.idle();
  await client.set('by hand', JSON.stringify(predict(images[0].image)));
  const subjects = {
    uncached: async (image) => predict(image),
    keepfresh: (image) => withMemory({ image }),
    'keepfresh, nothing in memory': (image) => other({ image }),
    'a bare GET': async () => JSON.parse(await client.get('by hand')),
  };
  for (const { image } of images) await withMemory({ image });
  computed = 0;
  for (const [name, ask] of Object.entries(subjects)) {
    const taken = [];
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      for (const { image } of images.slice(0, 50)) await ask(image);
      taken.push(((performance.now() - begun) / 50) * 1000);
    }
    add('1-predictions/repeated', name, taken, 'µs');
  }
  add('1-predictions/computed again', 'keepfresh', [computed], 'times');

  await one.invalidate({ image: images[0].image });
  computed = 0;
  const all = await Promise.all(Array.from({ length: 100 }, (_, n) => [one, other][n % 2]({ image: images[0].image })));
  if (new Set(all.map((result) => JSON.stringify(result))).size !== 1) throw new Error('not all had the same');
  add('1-predictions/100 at once', 'uncached', [100], 'times');
  add('1-predictions/100 at once', 'keepfresh', [computed], 'times');
  await Promise.all([one.idle(), other.idle(), withMemory.idle()]);
  for (const store of stores) await store.close();
  await redis.close();
}
