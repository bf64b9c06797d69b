// Large bodies in Redis: they hold nobody up who asks for something small, and are whole or as good as none.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { LASTING, origin, redisInstances, until, URL_ } from './redis-instances.mjs';
import { missing } from './redis-server.mjs';

describe('large bodies in Redis', { skip: missing, timeout: 120_000 }, () => {
  let all;
  before(async () => (all = await redisInstances()));
  after(() => all.close());
  beforeEach(() => all.reset());

  /** No machine is too slow for that. */
  const patient = { timeoutMs: 20_000 };
  const sized = (bytes) => origin(LASTING, async (count, { url }) => `${url} ${count} `.padEnd(bytes, 'x'));

  /** A client that notes how many bytes it waits for at the most, of all that it has asked for and not been given yet. */
  async function watched() {
    const client = await all.redis.client();
    const state = { most: 0 };
    let open = [];
    const watch = async (reply) => {
      const one = { bytes: 0 };
      open.push(one);
      const bytes = await reply;
      one.bytes = [bytes].flat().reduce((sum, part) => sum + (part?.byteLength ?? 0), 0);
      state.most = Math.max(state.most, one.bytes * open.length);
      open = open.filter((each) => each !== one);
      return bytes;
    };
    const withTypeMapping = (mapping) => {
      const typed = client.withTypeMapping(mapping);
      return {
        mGet: (...args) => watch(typed.mGet(...args)),
        getRange: (...args) => watch(typed.getRange(...args)),
      };
    };
    const bound = (name) => client[name].bind(client);
    return { state, withTypeMapping, eval: bound('eval'), evalSha: bound('evalSha'), duplicate: bound('duplicate') };
  }

  it('hold up nobody who asks for something else at the same time', async () => {
    const answer = sized(4_000_000);
    const writer = await all.instance(answer, { store: patient });
    const urls = Array.from({ length: 20 }, (_, n) => `${URL_}?${n}`);
    for (const url of urls) await writer.get(url);
    await writer.fetch.idle();
    assert.deepEqual(writer.warnings, []);
    const client = await watched();
    const one = await all.instance(answer, { store: { ...patient, client, memoryBytes: 0 } });
    const found = await Promise.all([...urls, ...urls].map((url) => one.get(url)));
    for (const [n, { text, status }] of found.entries())
      assert.ok(text.startsWith(`${urls[n % 20]} `) && text.length === 4_000_000 && /^hit/.test(status), status);
    assert.ok(client.state.most <= 4 << 20, `${client.state.most} bytes at once`);
  });

  /** A client for which something becomes of a body when so many pieces of it have come. */
  async function meddling(pieces, meddle) {
    const client = await all.redis.client();
    let left = pieces;
    const watched = (name) => async (script, options) => {
      const reply = await client[name](script, options);
      if (/b:[^:]*$/.test(options.keys[0]) && --left === 0) await meddle(options.keys[0]);
      return reply;
    };
    const bound = (name) => client[name].bind(client);
    return {
      eval: watched('eval'),
      evalSha: watched('evalSha'),
      withTypeMapping: bound('withTypeMapping'),
      duplicate: bound('duplicate'),
    };
  }

  for (const [what, length, pattern] of [
    ['small one, which lies with its record,', 100, '*v:*'],
    ['large one, which lies by itself,', 500_000, '*b:*'],
  ])
    it(`a ${what} of which one byte is another is asked for anew`, async () => {
      const answer = sized(length);
      const writer = await all.instance(answer, { store: patient });
      const { text } = await writer.get();
      await writer.fetch.idle();
      const [key] = await all.client.keys(pattern);
      await all.client.setRange(key, (await all.client.strLen(key)) - 50, '?');
      const reader = await all.instance(answer, { store: patient });
      const found = await reader.get();
      assert.deepEqual([found.text, text], [text.replace(' 1 ', ' 2 '), text]);
    });

  // Redis may need the room, or a process may have stood still for longer than a body stays that nothing speaks of.
  for (const [pieces, warning] of [
    [1, /could not be stored: GONE/],
    [2, /could not be stored: GONE/],
    [3, undefined],
  ])
    it(`are nothing where they go after piece ${pieces} of 3`, async () => {
      const answer = sized(3_000_000);
      const gone = [];
      const client = await meddling(pieces, async (name) => gone.push(await all.client.del(name)));
      const writer = await all.instance(answer, { store: { ...patient, client } });
      await writer.get();
      await writer.fetch.idle();
      assert.deepEqual(gone, [1]);
      assert.deepEqual(await all.client.keys('*v:*'), []);
      assert.deepEqual(await all.client.keys('*b:*'), []);
      assert.equal(writer.warnings.length, warning ? 1 : 0, String(writer.warnings));
      if (warning) assert.match(writer.warnings[0], warning);
      const one = await all.instance(answer, { store: patient });
      const { text, status } = await one.get();
      assert.equal(text, `${URL_} 2 `.padEnd(3_000_000, 'x'));
      assert.doesNotMatch(status, /^hit/);
    });

  it('are kept in memory, as much as that takes', async () => {
    const answer = sized(300_000);
    const [writer, one] = [
      await all.instance(answer, { store: patient }),
      await all.instance(answer, { store: patient }),
    ];
    await writer.get();
    await writer.fetch.idle();
    const { text } = await writer.get();
    const calls = async () =>
      Number(/cmdstat_getrange:calls=(\d+)/.exec(await all.client.info('commandstats'))?.[1] ?? 0);
    assert.equal((await one.get()).text, text);
    // An instance that is late with hearing others keeps nothing until it does.
    await until('a body that Redis is not asked for', async () => {
      const before = await calls();
      assert.equal((await one.get()).text, text);
      return (await calls()) === before;
    });
    await writer.fetch.invalidate({ keys: [URL_] });
    assert.notEqual((await writer.get()).text, text);
  });

  for (const [what, damage] of [
    ['gone', (name) => all.client.del(name)],
    ['cut short', async (name) => all.client.set(name, (await all.client.get(name)).slice(1))],
    ['of another kind', async (name) => (await all.client.del(name), all.client.hSet(name, 'a', 'b'))],
  ])
    it(`are asked for anew where they are ${what}`, async () => {
      const one = await all.instance(sized(3_000_000), { store: { ...patient, memoryBytes: 0 } });
      await one.get();
      await one.fetch.idle();
      const [name] = await all.client.keys('*b:*');
      await damage(name);
      const { text, status } = await one.get();
      assert.ok(text.startsWith(`${URL_} 2 `) && text.length === 3_000_000, status);
      await one.fetch.idle();
      assert.match((await one.get()).status, /^hit/);
      assert.equal((await all.client.keys('*b:*')).length, 1);
    });
});
