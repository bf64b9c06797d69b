// The Node host and its store: what it asks of it, and what becomes of requests when it fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachingFetch, memoryStore } from '../../pkg/node.js';
import { openOrigin, send } from './origin.mjs';

const lasting = { 'cache-control': 'max-age=60', etag: '"1"' };

/** A store that counts what is asked of it. */
function counted(store) {
  const calls = {};
  const count =
    (name) =>
    (...args) => {
      calls[name] = (calls[name] ?? 0) + 1;
      return store[name](...args);
    };
  return { calls, store: Object.fromEntries(Object.keys(store).map((name) => [name, count(name)])) };
}

test('a hit reads a record and a body, and writes nothing, however much is stored', async () => {
  const { calls, store } = counted(memoryStore());
  const fetch = cachingFetch({ store, fetch: async () => new Response('x', { headers: lasting }) });
  const get = async (number) => {
    const response = await fetch(`http://site.example/${number}`);
    await response.text();
    await fetch.idle();
    return response.headers.get('cache-status');
  };
  for (let number = 0; number < 10_000; number++) await get(number);
  for (const number of [0, 5_000, 9_999]) {
    for (const name of Object.keys(calls)) delete calls[name];
    assert.match(await get(number), /hit/);
    assert.deepEqual(calls, { read: 1, body: 1 });
  }
});

/** A store whose call with this number fails; `count` says how many there were. */
function failing(number) {
  const store = memoryStore();
  const state = { count: 0 };
  const call =
    (name) =>
    async (...args) => {
      if (state.count++ === number) throw new Error(`the store fails at call ${number}: ${name}`);
      return store[name](...args);
    };
  return { state, store: Object.fromEntries(Object.keys(store).map((name) => [name, call(name)])) };
}

test('whichever call of the store fails, every request is answered as it should be', async () => {
  const versions = { '/': 1, '/other': 1 };
  const origin = await openOrigin((request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    if (request.method === 'POST') versions[path]++;
    const fields = { 'cache-control': 'max-age=60', etag: `"${versions[path]}"`, vary: 'accept-language' };
    if (request.headers['if-none-match'] === fields.etag) send(response, 304, fields);
    else send(response, 200, fields, request.method === 'POST' ? 'done' : `${path} ${versions[path]}`);
  });
  let calls = 0;
  try {
    for (let number = 0; number <= calls; number++) {
      Object.assign(versions, { '/': 1, '/other': 1 });
      const clock = { now: Date.now() };
      const { state, store } = failing(number);
      const warnings = [];
      const fetch = cachingFetch({ store, now: () => clock.now, onWarning: (what) => warnings.push(what) });
      const get = async (path, init) => {
        const response = await fetch(origin.url(path), init);
        const text = await response.text();
        await fetch.idle();
        return text;
      };
      const said = [
        await get('/'),
        await get('/'),
        await get('/', { headers: { 'accept-language': 'de' } }),
        ((clock.now += 70_000), await get('/')),
        await get('/other'),
        await get('/', { method: 'POST' }),
        await get('/', { headers: { range: 'bytes=0-0' } }),
      ];
      assert.deepEqual(said.slice(0, 6), ['/ 1', '/ 1', '/ 1', '/ 1', '/other 1', 'done'], `call ${number}`);
      assert.ok(warnings.length > 0 || number >= state.count, `call ${number} is told of`);
      // What was invalidated may be there for as long as it is fresh only if its removal failed.
      const last = await get('/');
      assert.ok(last === '/ 2' || warnings.length > 0, `call ${number}: ${last}`);
      calls = Math.max(calls, state.count);
    }
    assert.ok(calls > 15, `${calls} calls`);
  } finally {
    await origin.close();
  }
});

test('what is being written is found by who was still reading when it came', async () => {
  const gates = {};
  const gate = (name) => new Promise((open) => (gates[name] = open));
  const [slow, written] = [gate('slow'), gate('written')];
  const memory = memoryStore();
  let reads = 0;
  const store = {
    ...memory,
    keep: async (...body) => (await written, memory.keep(...body)),
  };
  // A store that takes its time gives what was there when it was asked.
  store.read = async (key) => {
    const record = await memory.read(key);
    if (reads++ === 1) await slow;
    return record;
  };
  let asked = 0;
  const fetch = cachingFetch({ store, fetch: async () => (asked++, new Response('x', { headers: lasting })) });
  const [first, second] = [fetch('http://site.example/'), fetch('http://site.example/')];
  assert.equal(await (await first).text(), 'x');
  gates.slow();
  assert.equal(await (await second).text(), 'x');
  gates.written();
  await fetch.idle();
  assert.equal(asked, 1);
});

for (const what of [{ origin: 'http://site.example' }, { origin: 'http://site.example', groups: ['news'] }])
  test(`what is just being written when ${what.groups ? 'its group' : 'all'} is invalidated is not found afterwards`, async () => {
    const inner = memoryStore();
    let [isWriting, finish] = [];
    const writing = new Promise((resolve) => (isWriting = resolve));
    const finished = new Promise((resolve) => (finish = resolve));
    // As in a folder: until it has its name, a record is not there.
    const store = {
      ...inner,
      write: async (...args) => {
        isWriting();
        await finished;
        return inner.write(...args);
      },
      keys: async () => ((await inner.read('http://site.example/')) ? inner.keys('http://site.example') : []),
    };
    let count = 0;
    const headers = { ...lasting, 'cache-groups': '"news"' };
    const fetch = cachingFetch({ store, fetch: async () => new Response(`${++count}`, { headers }) });
    await (await fetch('http://site.example/')).text();
    await writing;
    const invalidated = fetch.invalidate(what);
    setTimeout(finish, 10);
    await invalidated;
    assert.equal(await (await fetch('http://site.example/')).text(), '2');
    await fetch.idle();
    assert.equal(await (await fetch('http://site.example/')).text(), '2');
  });
