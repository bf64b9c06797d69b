// Stores that let go of what they have, and keep something else in its place, while somebody is about to read it.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachingFetch, memoryStore } from '../../pkg/node.js';

const URL_ = 'https://example.com/';

it('what has come in the place of a body is not served for it', { timeout: 20_000 }, async () => {
  const memory = memoryStore();
  let reading = async () => {};
  const store = { ...memory, body: async (...of) => (await reading(), memory.body(...of)) };
  let asked = 0;
  const ofX = async ({ headers }) => {
    asked += 1;
    return new Response(`for ${headers.get('x')}`, { headers: { 'cache-control': 'max-age=60', vary: 'x' } });
  };
  const fetch = cachingFetch({ fetch: ofX, store });
  const get = async (x) => {
    const text = await (await fetch(URL_, { headers: { x } })).text();
    await sleep(5);
    return text;
  };
  await get('1');
  let go;
  reading = () => new Promise((resolve) => (go = resolve));
  const first = get('1');
  await sleep(5);
  await memory.write(URL_, '', []);
  await get('2');
  reading = async () => {};
  go();
  assert.equal(await first, 'for 1');
  assert.equal(asked, 3);
  // What comes to lie beside it is no reason to ask again.
  reading = () => new Promise((resolve) => (go = resolve));
  const second = get('2');
  await sleep(5);
  await get('3');
  reading = async () => {};
  go();
  assert.equal(await second, 'for 2');
  assert.equal(asked, 4);
});

it(
  'what is freshened while it is read is there still, whatever is kept under other URLs',
  { timeout: 20_000 },
  async () => {
    const memory = memoryStore();
    let reading = async () => {};
    const store = { ...memory, body: async (...of) => (await reading(), memory.body(...of)) };
    let asked = 0;
    const ofTag = async ({ headers }) => {
      asked += 1;
      const fields = { 'cache-control': 'max-age=60', date: new Date().toUTCString(), etag: '"a"', x: `${asked}` };
      return headers.has('if-none-match')
        ? new Response(null, { status: 304, headers: fields })
        : new Response('body', { headers: fields });
    };
    const fetch = cachingFetch({ fetch: ofTag, store });
    const get = async (url, headers = {}) => {
      const response = await fetch(url, { headers });
      const text = await response.text();
      await sleep(5);
      return [response.status, text];
    };
    await get(URL_);
    let go;
    reading = () => new Promise((resolve) => (go = resolve));
    const first = get(URL_, { 'cache-control': 'only-if-cached' });
    await sleep(5);
    reading = async () => {};
    await get(URL_, { 'cache-control': 'no-cache' });
    await get(`${URL_}other`);
    go();
    assert.deepEqual(await first, [200, 'body']);
    assert.equal(asked, 3);
  },
);

it('what is freshened while it is read is there still, whatever is kept beside it', { timeout: 20_000 }, async () => {
  const memory = memoryStore();
  let reading = async () => {};
  const store = { ...memory, body: async (...of) => (await reading(), memory.body(...of)) };
  let asked = 0;
  const ofX = async ({ headers }) => {
    const x = headers.get('x');
    const fields = { 'cache-control': 'max-age=60', etag: `"${x}"`, vary: 'x', 'x-asked': `${++asked}` };
    const isKnown = headers.get('if-none-match')?.includes(`"${x}"`);
    return new Response(isKnown ? null : `for ${x}`, { status: isKnown ? 304 : 200, headers: fields });
  };
  // Each second: what is freshened has another moment.
  let now = Date.now();
  const fetch = cachingFetch({ fetch: ofX, store, now: () => (now += 1000) });
  const get = async (x, headers = {}) => {
    const response = await fetch(URL_, { headers: { x, ...headers } });
    const text = await response.text();
    await fetch.idle();
    return [response.status, text];
  };
  await get('1');
  let go;
  reading = () => new Promise((resolve) => (go = resolve));
  const first = fetch(URL_, { headers: { x: '1', 'cache-control': 'only-if-cached' } });
  await sleep(5);
  reading = async () => {};
  await fetch(URL_, { method: 'HEAD', headers: { x: '1', 'cache-control': 'no-cache' } });
  await sleep(20);
  await fetch(URL_, { headers: { x: '2' } }).then((response) => response.text());
  await sleep(20);
  go();
  const response = await first;
  assert.deepEqual([response.status, await response.text()], [200, 'for 1']);
  assert.equal(asked, 3);
});
