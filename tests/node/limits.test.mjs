// Time limits that are longer than a timer takes: what is over after 2,147,483,647 ms would be over at once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachingFetch, fromOrigins, redisStore } from '../../pkg/node.js';

/** A client of a Redis in which nothing is, and which is a little slow. */
function emptyRedis(sent) {
  const run = async (_, { arguments: args }) => {
    await sleep(50);
    sent.push(...args.map(String));
    return 1;
  };
  const subscriber = {
    connect: async () => {},
    subscribe: async () => {},
    on() {},
    ping: async () => {},
    destroy() {},
  };
  const mGet = async (keys) => (await sleep(50), keys.map(() => null));
  return {
    withTypeMapping: () => ({ mGet, getRange: async () => null }),
    eval: run,
    evalSha: run,
    duplicate: () => subscriber,
  };
}

for (const limit of [2 ** 31, Number.MAX_SAFE_INTEGER, Infinity])
  describe(`${limit} ms`, { timeout: 20_000 }, () => {
    it('for an origin server', async () => {
      const warnings = [];
      const ask = fromOrigins({
        origins: ['http://a.example'],
        timeoutMs: limit,
        onWarning: (what, error) => warnings.push(error.message),
        fetch: async ({ signal }) => {
          await sleep(50, undefined, { signal });
          const pull = async (body) => {
            await sleep(50, undefined, { signal });
            body.enqueue(new TextEncoder().encode('in time'));
            body.close();
          };
          return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
        },
      });
      assert.equal(await (await ask(new Request('http://site.example/a'))).text(), 'in time');
      assert.deepEqual(warnings, []);
    });

    it('for Redis, and for other instances', async () => {
      const [sent, warnings] = [[], []];
      const onWarning = (what, error) => warnings.push(`${what}: ${error.message}`);
      const store = redisStore({ client: emptyRedis(sent), timeoutMs: limit, leadMs: limit, onWarning });
      const answer = async () => new Response('answer', { headers: { 'cache-control': 'no-store' } });
      const fetch = cachingFetch({ shared: true, store, fetch: answer, onWarning });
      assert.equal(await (await fetch('http://site.example/a')).text(), 'answer');
      await fetch.idle();
      await store.close();
      assert.deepEqual(warnings, []);
      assert.deepEqual([sent.length > 0, sent.filter((one) => Number(one) >= 2 ** 31)], [true, []]);
    });
  });
