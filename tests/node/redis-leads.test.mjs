// Whose turn it is to ask the origin server, of several instances with one Redis between them.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { LASTING, origin, redisInstances, until, URL_ } from './redis-instances.mjs';
import { missing } from './redis-server.mjs';

describe('Redis', { skip: missing }, () => {
  let all;
  let instance;
  before(async () => {
    all = await redisInstances();
    ({ instance } = all);
  });
  after(() => all.close());
  beforeEach(() => all.reset());

  it('a hundred that ask the same at once, in two instances, ask the origin server once', async () => {
    const answer = origin(LASTING, async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return 'slow';
    });
    const instances = [await instance(answer), await instance(answer)];
    const all = await Promise.all(Array.from({ length: 100 }, (_, n) => instances[n % 2].get()));
    assert.deepEqual([...new Set(all.map(({ text }) => text))], ['slow']);
    assert.equal(answer.state.count, 1);
  });

  it('a body that comes to no end keeps nobody waiting without end', async () => {
    let [count, end] = [0, () => {}];
    const answer = async () => {
      const number = ++count;
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(`${number}`));
          if (number > 1) controller.close();
          else end = () => controller.close();
        },
      });
      return new Response(body, { headers: LASTING });
    };
    const [one, other] = [
      await instance(answer, { store: { leadMs: 300 } }),
      await instance(answer, { store: { leadMs: 300 } }),
    ];
    const first = await one.fetch(URL_);
    assert.deepEqual([(await other.get()).text, count], ['2', 2]);
    await other.fetch.idle();
    assert.match((await one.get()).status, /^hit/);
    end();
    assert.equal(await first.text(), '1');
    await one.fetch.idle();
    assert.deepEqual([(await one.get()).text, count], ['2', 2], 'what came late is not stored');
  });

  it('nor does an answer that never begins, though whoever waits for it is there', async () => {
    let count = 0;
    const answer = async () => (++count === 1 ? new Promise(() => {}) : new Response('late', { headers: LASTING }));
    const options = { store: { leadMs: 300 }, patience: 500 };
    const [one, other] = [await instance(answer, options), await instance(answer, options)];
    void one.fetch(URL_);
    while (count === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual([(await other.get()).text, count], ['late', 2]);
  });

  it('what is not to be stored is asked for by each, without waiting one after the other', async () => {
    let asking = 0;
    let most = 0;
    const answer = origin({ 'cache-control': 'no-store' }, async (count) => {
      most = Math.max(most, ++asking);
      await new Promise((resolve) => setTimeout(resolve, 200));
      asking -= 1;
      return `${count}`;
    });
    const instances = await Promise.all(Array.from({ length: 4 }, () => instance(answer)));
    const answers = await Promise.all(instances.map(({ get }) => get()));
    assert.deepEqual(answers.map(({ text }) => text).sort(), ['1', '2', '3', '4']);
    // One goes first; the others, all at once, behind it.
    assert.ok(most > 1);
  });

  /** How many scripts Redis was asked to run so far. */
  const scripts = async () => {
    const calls = (await all.client.info('commandstats')).matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g);
    return [...calls].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  /** What the other's answer is like, whether the origin server fails whoever has waited, and what these are told. */
  const WAITED = [
    ['max-age=900', false, '', /^hit; ttl=(900|8\d\d)$/],
    ['max-age=900', false, 'upstream; hit, ', /^upstream; hit, hit; ttl=(900|8\d\d)$/],
    ['max-age=0', true, '', /^fwd=stale; detail=offline$/],
    ['max-age=0', false, '', /^fwd=stale; fwd-status=304$/],
  ];
  for (const [terms, fails, upstream, expected] of WAITED)
    it(`who has waited for another instance's ${upstream}${terms} is told what became of that${fails ? ', and of the origin server' : ''}`, async () => {
      let go;
      const came = new Promise((resolve) => (go = resolve));
      const headers = { 'cache-control': terms, etag: '"1"', ...(upstream && { 'cache-status': 'upstream; hit' }) };
      // A machine that is busy answers late.
      const options = { patience: 60_000, store: { timeoutMs: 20_000, leadMs: 60_000 } };
      const [one, other] = [
        await instance(async () => (await came, new Response('first', { headers })), options),
        await instance(async (request) => {
          if (fails) throw new TypeError('it is away');
          const isKnown = request.headers.get('if-none-match') === '"1"';
          return new Response(isKnown ? null : 'second', { status: isKnown ? 304 : 200, headers });
        }, options),
      ];
      const first = one.get();
      await until('one to lead', async () => (await all.client.keys('*l:*')).length > 0);
      const before = await scripts();
      const second = other.get();
      await until('the other to ask whose turn it is', async () => (await scripts()) > before);
      go();
      assert.equal((await first).text, 'first');
      const { text, status } = await second;
      assert.equal(text, 'first');
      assert.match(status, expected);
    });

  it('a stale response is not told of as what came to renew it', async () => {
    const headers = { 'cache-control': 'max-age=0, stale-while-revalidate=900' };
    let go;
    const renewed = new Promise((resolve) => (go = resolve));
    const answer = origin(headers, async (count) => (count > 1 && (await renewed), `${'x'.repeat(200_000)}${count}`));
    const options = { patience: 60_000, store: { timeoutMs: 20_000, leadMs: 60_000, memoryBytes: 0 } };
    const [one, other] = [await instance(answer, options), await instance(answer, options)];
    await one.get();
    await one.fetch.idle();
    assert.match((await one.get()).status, /^hit; .*stale-while-revalidate/);
    await until('one to lead', async () => (await all.client.keys('*l:*')).length > 0);
    // Its stored body comes late: when what renews it is there.
    const { body } = other.store;
    let isRenewed;
    const held = new Promise((resolve) => (isRenewed = resolve));
    other.store.body = async (...args) => (await held, body.apply(other.store, args));
    const before = await scripts();
    const late = other.get();
    await until('the other to ask whose turn it is', async () => (await scripts()) > before);
    go();
    await one.fetch.idle();
    await new Promise((resolve) => setTimeout(resolve, 200));
    isRenewed();
    assert.match((await late).status, /^hit; .*stale-while-revalidate/);
  });
});
