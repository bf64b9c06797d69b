// The Node host and its store: what it asks of it, and what becomes of requests when it fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cachingFetch, memoryStore } from '../../pkg/node.js';
import { bundled } from './bundled.mjs';
import { openOrigin, send } from './origin.mjs';

const lasting = { 'cache-control': 'max-age=60', etag: '"1"' };

const until = async (isSo) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve));
};

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

for (const [what, request] of [
  ['its head', { method: 'HEAD' }],
  ['what is asked about', { headers: { 'if-none-match': '"1"' } }],
]) {
  test(`what is invalidated while something else is written beside it does not come back: ${what}`, async () => {
    const gates = {};
    const gate = (name) => new Promise((resolve) => (gates[name] = resolve));
    const plain = memoryStore();
    let isSlow = false;
    const store = {
      ...plain,
      keep: async (...of) => (isSlow && (await gate('kept')), plain.keep(...of)),
      keys: async (...of) => (await gate('listed'), plain.keys(...of)),
    };
    let asked = 0;
    const headers = { ...lasting, vary: 'accept-language' };
    const fetch = cachingFetch({ store, fetch: async () => new Response(String(++asked), { headers }) });
    const get = async (language, init) => {
      const fields = { ...init?.headers, 'accept-language': language };
      const response = await fetch('http://site.example/', { ...init, headers: fields });
      await response.text();
    };
    await get('de');
    await fetch.idle();
    // It is noted, and not done yet, when somebody asks for what is beside it.
    const invalidated = fetch.invalidate({ origin: 'http://site.example' });
    await until(() => gates.listed);
    isSlow = true;
    await get('en');
    await until(() => gates.kept);
    gates.listed();
    await invalidated;
    gates.kept();
    await fetch.idle();
    await get('de', request);
    assert.equal(asked, 3);
  });
}

test('what is invalidated by groups is looked for among them, and not in all that is kept', async () => {
  const { calls, store } = counted(memoryStore());
  let version = 0;
  // A page and its section; what is stored anew may be in another.
  const sectionOf = (number) => `s${Math.floor(number / 10) + (version % 2) * 1000}`;
  const fetch = cachingFetch({
    store,
    fetch: async ({ url }) => {
      const number = Number(url.slice(url.lastIndexOf('/') + 1));
      return new Response(`${version}`, { headers: { ...lasting, 'cache-groups': `"${sectionOf(number)}", "all"` } });
    },
  });
  const get = async (number) => {
    const response = await fetch(`http://site.example/${number}`);
    await response.text();
    return /hit/.test(response.headers.get('cache-status'));
  };
  const invalidate = (...groups) => fetch.invalidate({ origin: 'http://site.example', groups });
  for (let number = 0; number < 1000; number++) await get(number);
  await fetch.idle();
  await invalidate('s0');
  assert.deepEqual([await get(5), await get(10)], [false, true]);
  await fetch.idle();
  for (const name of Object.keys(calls)) delete calls[name];
  await Promise.all([invalidate('s1'), invalidate('s1', 's2')]);
  assert.deepEqual([await get(15), await get(25), await get(35)], [false, false, true]);
  assert.ok(calls.read < 100, `${calls.read} records were read`);
  assert.equal(calls.keys, undefined);

  // It goes by what is stored now.
  version = 1;
  await invalidate('s3');
  await get(35);
  await fetch.idle();
  await invalidate('s3');
  assert.equal(await get(35), true);
  await invalidate('s1003');
  assert.equal(await get(35), false);
  await fetch.idle();
  await invalidate('all');
  assert.deepEqual([await get(999), await get(35)], [false, false]);
});

test('an invalidation that has failed is none, and what it was about goes with the next', async () => {
  const store = memoryStore();
  const { read } = store;
  const headers = { ...lasting, 'cache-groups': '"g"' };
  const fetch = cachingFetch({ store, fetch: async () => new Response('x', { headers }) });
  const get = async () => (await fetch('http://site.example/a')).headers.get('cache-status');
  const invalidate = () => fetch.invalidate({ origin: 'http://site.example', groups: ['g'] });
  for (let round = 0; round < 2; round++) {
    await get();
    await fetch.idle();
    assert.match(await get(), /hit/);
    store.read = async () => assert.fail('no disk');
    await assert.rejects(invalidate(), /no disk/);
    store.read = read;
    await invalidate();
    assert.doesNotMatch(await get(), /hit/, `round ${round}`);
    await fetch.idle();
  }
});

test('what was in groups once is not noted for ever', async () => {
  const { Groups } = await bundled('server/groups');
  let reads = 0;
  const store = { keys: async () => (reads++, ['http://site.example/a']), read: async () => 'record' };
  const groups = new Groups(store, () => ['now']);
  const find = (group) => groups.find('http://site.example', [group], Promise.resolve());
  await find('now');
  for (let number = 0; number < 9_000; number++) groups.note('http://site.example/a', [`g${number}`]);
  assert.deepEqual([await find('g5'), reads], [['http://site.example/a'], 1]);
  for (let number = 0; number < 9_000; number++) groups.note('http://site.example/a', [`h${number}`]);
  assert.deepEqual([await find('g5'), await find('now'), reads], [[], ['http://site.example/a'], 2]);
});

/** An origin whose first body stops after its first bytes, until somebody says so. */
function stalling() {
  let [count, go] = [0, () => {}];
  const origin = async ({ method }) => {
    const number = ++count;
    if (method !== 'GET') return new Response('done');
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`${number}`));
        const end = () => controller.close();
        if (number === 1) go = end;
        else end();
      },
    });
    return new Response(body, { headers: lasting });
  };
  return { origin, count: () => count, go: () => go() };
}

test('what is invalidated does not wait for a body that is still coming', async () => {
  for (const [what, act] of Object.entries({
    keys: (fetch) => fetch.invalidate({ keys: ['http://site.example/'] }),
    'an origin': (fetch) => fetch.invalidate({ origin: 'http://site.example' }),
    'a method that changes something': (fetch) => fetch('http://site.example/', { method: 'POST' }),
  })) {
    const { count, go, origin } = stalling();
    const fetch = cachingFetch({ fetch: origin });
    const first = await fetch('http://site.example/');
    await act(fetch);
    const asked = count();
    assert.equal(await (await fetch('http://site.example/')).text(), `${asked + 1}`, what);
    go();
    assert.equal(await first.text(), '1');
    await fetch.idle();
    // What was asked for before is not stored.
    assert.notEqual(await (await fetch('http://site.example/')).text(), '1', what);
    await fetch.idle();
  }
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** How many bytes of memory are held for what is in buffers. */
function inUse() {
  collect();
  return process.memoryUsage().arrayBuffers;
}

test('what waits for its turn to be stored is not all in memory', async () => {
  const piece = new Uint8Array(1 << 20);
  const origin = async ({ headers }) => {
    let left = headers.get('x-number') === '1' ? Infinity : 100;
    // The first body comes to no end, and does not go on, either.
    const pull = (controller) => {
      if (left === Infinity) return new Promise(() => {});
      controller.enqueue(piece.slice());
      if (--left === 0) controller.close();
    };
    return new Response(new ReadableStream({ pull }), { headers: { ...lasting, vary: 'x-number' } });
  };
  const fetch = cachingFetch({ fetch: origin, shared: true });
  const get = (number) => fetch('http://site.example/', { headers: { 'x-number': number } });
  const first = await get('1');
  const before = inUse();
  let bytes = 0;
  for await (const { length } of (await get('2')).body) bytes += length;
  assert.equal(bytes, 100 << 20);
  // What is not needed is not gone at once.
  let more = Infinity;
  for (let tries = 0; more > 16 << 20 && tries < 20; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    more = inUse() - before;
  }
  assert.ok(more <= 16 << 20, `${more >> 20} MiB more`);
  void first.body.cancel().catch(() => {});
});

test('an origin may be spelled as URLs are, and groups are those of one', async () => {
  const origin = async () => new Response(`${Math.random()}`, { headers: { ...lasting, 'cache-groups': '"g"' } });
  const fetch = cachingFetch({ fetch: origin });
  const get = async () => {
    const text = await (await fetch('http://site.example/a')).text();
    await fetch.idle();
    return text;
  };
  for (const spelled of [
    'http://site.example',
    'http://site.example/',
    'HTTP://Site.EXAMPLE:80',
    'http://site.example/b?c',
  ]) {
    for (const what of [{}, { groups: ['g'] }]) {
      const before = await get();
      assert.equal(await get(), before);
      await fetch.invalidate({ origin: spelled, ...what });
      assert.notEqual(await get(), before, spelled);
    }
  }
  await assert.rejects(fetch.invalidate({ groups: ['g'] }), /invalidate: groups are those of an `origin`/);
  await assert.rejects(fetch.invalidate({ origin: 'site.example' }), TypeError);
});

test('who goes away takes the answer from nobody who is reading it', async () => {
  const { count, go, origin } = stalling();
  const fetch = cachingFetch({
    fetch: async (request) => {
      const response = await origin(request);
      const { readable, writable } = new TransformStream();
      response.body.pipeTo(writable, { signal: request.signal }).catch(() => {});
      return new Response(readable, response);
    },
  });
  const gone = new AbortController();
  const first = await fetch('http://site.example/', { signal: gone.signal });
  const second = await fetch('http://site.example/');
  assert.match(second.headers.get('cache-status'), /hit/);
  gone.abort();
  await assert.rejects(first.text());
  go();
  assert.equal(await second.text(), '1');
  await fetch.idle();
  assert.equal(await (await fetch('http://site.example/')).text(), '1');
  assert.equal(count(), 1);
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
