// What is asked for over and over, in one process: a fetch with a cache beside undici's, and what Redis adds. Sixteen ask at once:
// alone, most of what Redis takes is the time that a process needs to wake up.

import { createServer } from 'node:http';
import { Agent, cacheStores, fetch as undiciFetch, interceptors } from 'undici';
import { cachingFetch, fileStore, redisStore } from '../../pkg/node.js';
import { startRedis } from '../../tests/node/redis-server.mjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BATCH = 320;
const AT_ONCE = 16;

export async function hot({ add, rounds }) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'cache-control': 'max-age=3600', 'content-type': 'text/plain' }).end('x'.repeat(2000));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const redis = await startRedis();
  const client = await redis.client();
  await client.set('{bare}', 'x'.repeat(2000));
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-bench-'));
  const files = fileStore({ folder });
  const stores = [redisStore({ client, memoryBytes: 0 }), redisStore({ client, prefix: 'other' })];
  for (const store of stores) await store.ready();
  const dispatcher = new Agent().compose(interceptors.cache({ store: new cacheStores.MemoryCacheStore() }));
  const text = (fetch) => async () => (await fetch(url)).text();
  const subjects = {
    uncached: text(fetch),
    'undici’s cache': text((input) => undiciFetch(input, { dispatcher })),
    keepfresh: text(cachingFetch()),
    'keepfresh, files': text(cachingFetch({ store: files })),
    'keepfresh, Redis': text(cachingFetch({ store: stores[0] })),
    'keepfresh, Redis and memory': text(cachingFetch({ store: stores[1] })),
  };
  const direct = { 'a bare GET': () => client.get('{bare}'), 'keepfresh, Redis': () => stores[0].read(url) };
  // Each asks for another, so that nobody has anything of who asks at the same moment.
  const fetchOnce = cachingFetch({ store: stores[0], fetch: async () => fetch(url) });
  const others = Array.from({ length: 4 * AT_ONCE }, (_, n) => `${url}?${n}`);
  for (const [n, other] of others.entries()) {
    await (await fetchOnce(other)).text();
    await client.set(`{bare}${n}`, 'x'.repeat(2000));
  }
  await fetchOnce.idle();
  let next = 0;
  const apart = {
    'a bare GET': () => client.get(`{bare}${next++ % others.length}`),
    'keepfresh, Redis': () => stores[0].read(others[next++ % others.length]),
  };
  for (const [where, all] of [
    ['hot/fetch', subjects],
    ['hot/Redis, all the same', direct],
    ['hot/Redis, each another', apart],
  ]) {
    // prettier-ignore
    const taken = Object.fromEntries(Object.keys(all).map((name) => [name, []]));
    for (let round = -1; round < rounds; round++) {
      for (const [name, ask] of Object.entries(all)) {
        const begun = performance.now();
        await Promise.all(
          Array.from({ length: AT_ONCE }, async () => {
            for (let n = 0; n < BATCH / AT_ONCE; n++) await ask();
          }),
        );
        if (round >= 0) taken[name].push(((performance.now() - begun) / BATCH) * 1000);
      }
    }
    for (const [name, figures] of Object.entries(taken)) add(where, name, figures, 'µs');
  }
  for (const store of stores) await store.close();
  files.close();
  rmSync(folder, { recursive: true });
  await dispatcher.close();
  await redis.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
