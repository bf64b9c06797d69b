// The cache at the edge in Deno, with Deno's own `caches`. It is run by Deno, not by Node.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { edgeCache } from 'keepfresh/edge';

describe('the edge host in Deno', () => {
  const clock = { now: Math.floor(Date.now() / 1000) * 1000 };
  const cache = edgeCache({ name: 'keepfresh-test', now: () => clock.now });
  let asked = [];
  let server;
  let base;
  const answer = (request) => {
    asked.push(request);
    const language = request.headers.get('accept-language') ?? '';
    const fields = {
      'cache-control': 'max-age=60, stale-while-revalidate=60',
      'cache-groups': '"news"',
      vary: 'accept-language',
    };
    return new Response(`answer ${asked.length} ${language}`.trim(), { headers: fields });
  };
  before(() => {
    server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, cache.handler(answer));
    base = `http://127.0.0.1:${server.addr.port}`;
  });
  after(async () => {
    await server.shutdown();
    await caches.delete('keepfresh-test');
  });
  beforeEach(async () => {
    await cache.invalidate({ origin: base });
    clock.now += 1000;
    asked = [];
  });

  const get = async (path, init) => {
    const response = await fetch(base + path, init);
    return { text: await response.text(), status: response.headers.get('cache-status') };
  };
  /** What is stored behind an answer takes a moment. */
  const until = async (what, holds) => {
    for (const end = Date.now() + 10_000; Date.now() < end;) if (await holds()) return;
    assert.fail(`waited 10 s for ${what}`);
  };

  it('what is fresh is not asked for again, and what is stale is renewed behind the answer', async () => {
    assert.equal((await get('/fresh')).text, 'answer 1 *');
    await until('it to be stored', async () => /hit/.test((await get('/fresh')).status));
    const before = asked.length;
    clock.now += 90_000;
    const stale = await get('/fresh');
    assert.match(stale.status, /hit.*stale-while-revalidate/);
    await until('it to be renewed', async () => (await get('/fresh')).text !== stale.text);
    assert.ok(asked.length > before);
  });

  it('variants are kept side by side', async () => {
    const languages = ['de', 'en'];
    const all = () =>
      Promise.all(languages.map((language) => get('/variants', { headers: { 'accept-language': language } })));
    await until('both to be stored', async () => (await all()).every(({ status }) => /hit/.test(status)));
    assert.deepEqual(
      (await all()).map(({ text }) => text.split(' ')[2]),
      languages,
    );
  });

  for (const [how, what] of [
    ['its URL', () => ({ keys: [`${base}/gone`] })],
    ['its group', () => ({ origin: base, groups: ['news'] })],
    ['its origin', () => ({ origin: base })],
  ])
    it(`what is invalidated by ${how} is asked for again`, async () => {
      await until('it to be stored', async () => /hit/.test((await get('/gone')).status));
      const { text } = await get('/gone');
      await cache.invalidate(what());
      clock.now += 1000;
      assert.notEqual((await get('/gone')).text, text);
    });
});
