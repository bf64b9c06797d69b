// A process that reads from Redis as fast as it can, when it is told to: values of a cache's, or the same bytes with a bare GET.

import { createClient } from 'redis';
import { redisStore } from '../../pkg/node.js';

const [port, ...urls] = process.argv.slice(2);
const client = createClient({ url: `redis://127.0.0.1:${port}` });
client.on('error', () => {});
await client.connect();
const store = redisStore({ client, memoryBytes: 0 });
await store.ready();

const reads = {
  bare: (n) => client.get(`{bare}${n % urls.length}`),
  keepfresh: (n) => store.read(urls[n % urls.length]),
};

process.on('message', async ({ kind, count, atOnce }) => {
  let left = count;
  const work = async () => {
    while (left > 0) await reads[kind](left--);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  process.send({ isDone: true });
});
process.send({ isReady: true });
