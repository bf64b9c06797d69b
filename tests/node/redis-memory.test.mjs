// What an instance keeps in memory of what it has read from Redis.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { origin, redisInstances, URL_ } from './redis-instances.mjs';
import { missing } from './redis-server.mjs';

describe('memory in front of Redis', { skip: missing }, () => {
  let all;
  before(async () => (all = await redisInstances()));
  after(() => all.close());
  beforeEach(() => all.reset());

  it('what was being read when it was invalidated is not kept, in whatever order that was called', async () => {
    const answer = origin();
    const other = `${URL_}?other`;
    // How many of the calls come before the reading.
    for (let before = 0; before <= 3; before++) {
      const [one, writer] = [await all.instance(answer), await all.instance(answer)];
      await writer.get();
      await writer.fetch.idle();
      const calls = [
        () => one.fetch.invalidate({ keys: [other] }),
        () => one.fetch.invalidate({ keys: [URL_] }),
        () => one.fetch.invalidate({ keys: [other] }),
      ];
      calls.splice(before, 0, () => one.store.read(URL_));
      await Promise.all(calls.map((call) => call()));
      const { count } = answer.state;
      assert.equal((await one.get()).text, `answer ${count + 1}`, `${before} calls before`);
      await one.fetch.idle();
    }
  });

  it('what is asked for at one moment is asked for together', async () => {
    const one = await all.instance(origin(), { store: { memoryBytes: 0 } });
    const urls = Array.from({ length: 40 }, (_, n) => `${URL_}?${n}`);
    for (const url of urls) await one.get(url);
    await one.fetch.idle();
    const calls = async () => Number(/cmdstat_mget:calls=(\d+)/.exec(await all.client.info('commandstats'))?.[1] ?? 0);
    const before = await calls();
    const found = await Promise.all([...urls, ...urls].map((url) => one.store.read(url)));
    assert.deepEqual(
      found.map(({ version }) => version.value.key),
      [...urls, ...urls],
    );
    // No command asks for more than 32.
    assert.equal((await calls()) - before, 3);
  });
});
