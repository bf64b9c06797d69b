// What an instance keeps in memory of what it has read from Redis.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createClient } from 'redis';
import { redisStore } from '../../pkg/node.js';
import { LASTING, origin, redisInstances, until, URL_ } from './redis-instances.mjs';
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
    // A machine that is busy answers late, and whoever does not wait asks once more.
    const one = await all.instance(origin(), { store: { memoryBytes: 0, timeoutMs: 20_000 } });
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

  it('a Redis without room keeps nobody from an answer, and forgets what is to be forgotten', async () => {
    const answer = origin(LASTING, async (count) => `${count} ${'x'.repeat(count % 2 ? 100_000 : 3_000_000)}`);
    const patient = { store: { timeoutMs: 20_000 } };
    const [one, other] = [await all.instance(answer, patient), await all.instance(answer, patient)];
    await one.get();
    await one.fetch.idle();
    assert.match((await other.get()).text, /^1 /);
    const used = Number(/used_memory:(\d+)/.exec(await all.client.info('memory'))[1]);
    await all.client.configSet('maxmemory', String(used));
    try {
      for (let n = 0; n < 5; n++) assert.match((await one.get(`${URL_}?${n}`)).text, /x$/);
      await one.fetch.idle();
      assert.ok(
        one.warnings.some((text) => /could not be stored.*OOM/.test(text)),
        String(one.warnings),
      );
      await one.fetch.invalidate({ keys: [URL_] });
      assert.doesNotMatch((await one.get()).text, /^1 /);
      await until('the other to hear of it', async () => !/^1 /.test((await other.get()).text));
    } finally {
      await all.client.configSet('maxmemory', '0');
    }
  });

  it('nor does one that has become a replica, which nothing can be written to', async () => {
    const answer = origin();
    const one = await all.instance(answer, { store: { timeoutMs: 20_000 } });
    await one.get();
    await one.fetch.idle();
    await all.client.sendCommand(['REPLICAOF', '127.0.0.1', '1']);
    try {
      for (const path of ['b', 'b', 'c']) assert.match((await one.get(`${URL_}?${path}`)).text, /^answer/);
      assert.equal((await one.fetch(URL_, { method: 'POST', body: 'x' })).status, 200);
      await assert.rejects(one.fetch.invalidate({ keys: [URL_] }), /READONLY/);
      assert.notEqual((await one.get()).text, 'answer 1');
      await one.fetch.idle();
    } finally {
      await all.client.sendCommand(['REPLICAOF', 'NO', 'ONE']);
    }
    const { text } = await one.get();
    await one.fetch.idle();
    assert.equal((await one.get()).text, text);
    assert.notEqual(text, 'answer 1');
  });

  it('what could not be written for want of room leaves everything as it was', async () => {
    let groups = '"g"';
    const answer = origin(() => ({
      'cache-control': 'max-age=0, stale-if-error=60',
      etag: '"1"',
      'cache-groups': groups,
    }));
    const one = await all.instance(answer);
    await one.get();
    await one.fetch.idle();
    groups = '"another"';
    await all.client.configSet('maxmemory', '1mb');
    try {
      await one.get();
      await one.fetch.idle();
      assert.equal((await all.client.keys('*v:*')).length, 1);
      await one.fetch.invalidate({ origin: 'http://site.example', groups: ['g'] });
      assert.deepEqual(await all.client.keys('*v:*'), []);
    } finally {
      await all.client.configSet('maxmemory', '0');
    }
  });

  it('who may not listen is told so, and keeps nothing in memory', async () => {
    const { client: admin, redis } = all;
    await admin.sendCommand(['ACL', 'SETUSER', 'deaf', 'on', 'nopass', '~*', 'resetchannels', '+@all', '-subscribe']);
    const client = createClient({ url: `redis://deaf:any@127.0.0.1:${redis.port}` }).on('error', () => {});
    const warnings = [];
    const onWarning = (what, error) => warnings.push(`${what}: ${error.message}`);
    const store = redisStore({ client: await client.connect(), onWarning });
    try {
      await store.ready();
      assert.match(String(warnings), /what other instances announce is not heard: .*permission/);
      const writer = await all.instance(origin());
      await writer.get();
      await writer.fetch.idle();
      assert.equal((await store.read(URL_)).version.value.key, URL_);
      await writer.fetch.invalidate({ keys: [URL_] });
      assert.equal((await store.read(URL_)).version.value, undefined);
    } finally {
      await store.close();
      client.destroy();
      await admin.sendCommand(['ACL', 'DELUSER', 'deaf']);
    }
  });
});
