// Queries of two instances, and writes through both: what is written invalidates the group of its row, and nothing else.

import { memoize, redisStore } from '../../pkg/node.js';

const ROOMS = 20;

/** Opens two instances. `write` writes twenty prices, and reads all through both after each. */
export async function openPrices(redis, rooms) {
  const stores = [];
  const open = async () => {
    const store = redisStore({ client: await redis.client() });
    stores.push(store);
    await store.ready();
    const query = async (room) => (await rooms.run('select price from prices where room = $1', [room]))[0].price;
    return memoize(query, { name: 'price', seconds: 3600, groups: (room) => ['prices', `prices:${room}`], store });
  };
  const instances = [await open(), await open()];
  const all = Array.from({ length: ROOMS }, (_, n) => n + 1);
  return {
    /** How much there was of it; `undone` says how often an instance did not see what it had written. */
    async write() {
      const before = rooms.count;
      const count = { reads: 0, undone: 0, writes: ROOMS };
      for (let n = 0; n < ROOMS; n++) {
        const [writer, room] = [instances[n % 2], 1 + Math.floor(Math.random() * ROOMS)];
        const sql = 'update prices set price = price + 1 where room = $1 returning price';
        const [{ price }] = await rooms.run(sql, [room]);
        await writer.invalidateGroups(`prices:${room}`);
        if ((await writer(room)) < price) count.undone++;
        const read = await Promise.all(instances.flatMap((one) => all.map((each) => one(each))));
        count.reads += 1 + read.length;
      }
      return { ...count, queries: rooms.count - before - ROOMS };
    },
    async close() {
      for (const one of instances) await one.idle();
      for (const store of stores) await store.close();
    },
  };
}
