// Who asks and goes away, or does not read: others have their answer all the same, and nothing is kept for nobody's sake.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachingFetch, memoryStore, serverCache } from '../../pkg/node.js';

const LASTING = { 'cache-control': 'max-age=60', 'content-type': 'text/plain' };
const URL_ = 'https://example.com/';

/** Waits until something is the case; a test that waits for ever fails by its own limit. */
async function until(isSo) {
  while (!isSo()) await sleep(5);
}

/** An origin server whose body comes as it is told to, and which knows how often it was asked and whether it was given up. */
function slowOrigin(fields = LASTING) {
  const state = { asked: 0, cancelled: 0, aborted: 0, pulled: 0 };
  let [begin, fail, controller] = [];
  const begun = new Promise((resolve, reject) => ([begin, fail] = [resolve, reject]));
  const fetch = async (request) => {
    state.asked++;
    const { signal } = request;
    signal.addEventListener('abort', () => {
      state.aborted++;
      fail(signal.reason);
      try {
        controller?.error(signal.reason);
      } catch {
        // It was at its end.
      }
    });
    await begun;
    const body = new ReadableStream({
      start: (it) => void (controller = it),
      pull: () => void state.pulled++,
      cancel: () => void state.cancelled++,
    });
    return new Response(body, { headers: fields });
  };
  return {
    fetch,
    state,
    head: () => begin(),
    say: (text) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
  };
}

describe('who asks first and goes away', { timeout: 60_000 }, () => {
  for (const when of ['before the head', 'after the head'])
    it(`${when}: those that wait for the same have all of it, and it is kept`, async () => {
      const origin = slowOrigin();
      const fetch = cachingFetch({ fetch: origin.fetch });
      const first = new AbortController();
      const one = fetch(URL_, { signal: first.signal });
      const other = fetch(URL_, { signal: AbortSignal.timeout(60_000) });
      await until(() => origin.state.asked === 1);
      if (when === 'before the head') {
        first.abort();
        await assert.rejects(one, { name: 'AbortError' });
        origin.head();
      } else {
        origin.head();
        const response = await one;
        await other;
        first.abort();
        await assert.rejects(response.text(), { name: 'AbortError' });
      }
      const response = await other;
      origin.say('all ');
      origin.say('of it');
      origin.end();
      assert.equal(await response.text(), 'all of it');
      await fetch.idle();
      const hit = await fetch(URL_);
      assert.match(hit.headers.get('cache-status'), /hit/);
      assert.equal(await hit.text(), 'all of it');
      assert.deepEqual([origin.state.asked, origin.state.aborted], [1, 0]);
    });

  for (const when of ['before the head', 'after the head'])
    it(`${when}, and nobody else waits: the origin server is told, and whoever comes next asks anew`, async () => {
      const origin = slowOrigin();
      const warnings = [];
      const fetch = cachingFetch({ fetch: origin.fetch, onWarning: (what) => warnings.push(what) });
      const controller = new AbortController();
      const asked = fetch(URL_, { signal: controller.signal });
      await until(() => origin.state.asked === 1);
      if (when === 'after the head') {
        origin.head();
        const response = await asked;
        controller.abort();
        await assert.rejects(response.text(), { name: 'AbortError' });
      } else {
        controller.abort();
        await assert.rejects(asked, { name: 'AbortError' });
      }
      await until(() => origin.state.aborted === 1);
      await fetch.idle();
      const next = fetch(URL_).catch(() => {});
      await until(() => origin.state.asked === 2);
      void next;
    });

  it('is told so by what it reads, though that comes from the store', async () => {
    const long = 'x'.repeat(1_000_000);
    const fetch = cachingFetch({ fetch: async () => new Response(long, { headers: LASTING }) });
    await (await fetch(URL_)).text();
    await fetch.idle();
    const controller = new AbortController();
    const hit = await fetch(URL_, { signal: controller.signal });
    assert.match(hit.headers.get('cache-status'), /hit/);
    controller.abort(new Error('enough'));
    await assert.rejects(hit.text(), /enough/);
    // Those who do not go away read all of it, in whatever way.
    const { signal } = new AbortController();
    assert.equal((await (await fetch(URL_, { signal })).text()).length, long.length);
    const reader = (await fetch(URL_, { signal })).body.getReader({ mode: 'byob' });
    let length = 0;
    for (let view = new Uint8Array(1000); ;) {
      const { done, value } = await reader.read(view);
      if (done) break;
      length += value.byteLength;
      view = new Uint8Array(value.buffer);
    }
    assert.equal(length, long.length);
  });

  it('may have one signal for all it does', async () => {
    const warned = [];
    const note = (warning) => warned.push(warning.name);
    process.on('warning', note);
    const { signal } = new AbortController();
    const fetch = cachingFetch({ fetch: async () => new Response('x', { headers: LASTING }) });
    const all = Array.from({ length: 40 }, (_, n) => fetch(`${URL_}${n}`, { signal }).then((it) => it.text()));
    await Promise.all(all);
    await sleep(1);
    process.off('warning', note);
    assert.deepEqual(warned, []);
  });
});

describe('what nobody reads does not come', { timeout: 60_000 }, () => {
  const away = () => Promise.reject(new Error('the store is away'));
  for (const [what, store, fields] of [
    ['where the store is away', { ...memoryStore(), keep: away }, LASTING],
    ['where the store cannot even be read', { ...memoryStore(), read: away, keep: away, write: away }, LASTING],
    ['where it must not be kept', memoryStore(), { 'cache-control': 'no-store' }],
  ])
    it(what, async () => {
      const origin = slowOrigin(fields);
      const fetch = cachingFetch({ fetch: origin.fetch, store, onWarning: () => {} });
      const all = [fetch(URL_), fetch(URL_)];
      await until(() => origin.state.asked > 0);
      origin.head();
      const responses = await Promise.all(all);
      await Promise.all(responses.map(({ body }) => body.cancel()));
      await until(() => origin.state.cancelled === origin.state.asked);
    });

  it('if it was invalidated while it came', async () => {
    const origin = slowOrigin();
    const fetch = cachingFetch({ fetch: origin.fetch });
    const asked = fetch(URL_);
    await until(() => origin.state.asked === 1);
    await fetch.invalidate({ keys: [URL_] });
    origin.head();
    const { body } = await asked;
    await body.cancel();
    await until(() => origin.state.cancelled === 1);
  });
});

it('who changes something has an answer that is stored before all of it is there', { timeout: 20_000 }, async () => {
  const posts = slowOrigin({ ...LASTING, 'content-location': URL_ });
  const origin = async (request) =>
    request.method === 'POST' ? posts.fetch(request) : new Response('old', { headers: LASTING });
  const fetch = cachingFetch({ fetch: origin });
  assert.equal(await (await fetch(URL_)).text(), 'old');
  await fetch.idle();
  posts.head();
  const response = await fetch(URL_, { method: 'POST', body: 'x' });
  posts.say('new');
  posts.end();
  assert.equal(await response.text(), 'new');
  // What it has invalidated is gone by then.
  const { headers, body } = await fetch(URL_);
  assert.match(headers.get('cache-status'), /hit/);
  assert.equal(await new Response(body).text(), 'new');
});

/** Runs a story with a listener of node:http behind a cache. */
async function withServer(listener, tell, options = {}) {
  const warnings = [];
  const onWarning = (what, error) => warnings.push(`${what}: ${error}`);
  const cache = serverCache({ onWarning, ...options });
  const server = createServer(cache.listener(listener));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await tell({ cache, port: server.address().port, warnings });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('a listener of node:http behind a cache', { timeout: 200_000 }, () => {
  const MOST = 32 << 20;
  const LONG = 256 << 20;
  for (const [what, fields] of [
    ['that must not be kept', { 'cache-control': 'no-store' }],
    ['that is too long to be kept', { 'cache-control': 'max-age=60' }],
  ])
    it(`writes no faster than its client reads, an answer ${what}`, { timeout: 120_000 }, async () => {
      let written = 0;
      let isClosed = false;
      const listener = (_, response) => {
        response.writeHead(200, fields);
        const chunk = Buffer.alloc(64 << 10, 'x');
        const body = new Readable({
          read() {
            written += chunk.length;
            this.push(written <= LONG ? chunk : null);
          },
        });
        response.on('close', () => (isClosed = true));
        body.pipe(response);
      };
      await withServer(
        listener,
        async ({ port }) => {
          const socket = connect(port, '127.0.0.1');
          socket.write('GET / HTTP/1.1\r\nhost: x.example\r\n\r\n');
          await once(socket, 'readable');
          let before = -1;
          while (before !== written) {
            before = written;
            await sleep(300);
          }
          assert.ok(written < MOST, `${written} bytes for a client that reads nothing`);
          // It goes on when that is read.
          socket.resume();
          await until(() => written > 2 * MOST);
          socket.destroy();
          await until(() => isClosed);
          assert.ok(written < LONG);
        },
        { store: memoryStore({ maxBytes: 8 << 20 }) },
      );
    });

  it('is told when what it writes behind an answer is too long to be kept', async () => {
    let now = Math.floor(Date.now() / 1000) * 1000;
    let count = 0;
    let isClosed = false;
    const listener = (_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=1, stale-while-revalidate=60' });
      if (++count === 1) return void response.end('short');
      const timer = setInterval(() => response.write(Buffer.alloc(100_000)), 1);
      response.on('close', () => {
        clearInterval(timer);
        isClosed = true;
      });
    };
    await withServer(
      listener,
      async ({ cache, port, warnings }) => {
        const get = async () => (await fetch(`http://127.0.0.1:${port}/`)).text();
        assert.equal(await get(), 'short');
        await cache.idle();
        now += 5000;
        assert.equal(await get(), 'short');
        await until(() => isClosed);
        await cache.idle();
        assert.match(warnings.join(), /a response could not be stored: RangeError/);
      },
      { now: () => now, store: memoryStore({ maxBytes: 8 << 20 }) },
    );
  });

  for (const [what, read] of [
    [
      'that it reads',
      async (request) => {
        for await (const chunk of request) void chunk;
      },
    ],
    [
      'whose end it waits for',
      (request) => new Promise((_, reject) => request.on('aborted', () => reject(new Error('aborted')))),
    ],
  ])
    it(`is told of an upload ${what} and that breaks off`, async () => {
      let begun = 0;
      const failures = [];
      const listener = async (request, response) => {
        begun++;
        await read(request).catch((error) => failures.push(error));
        response.end('late');
      };
      await withServer(listener, async ({ port, cache }) => {
        const upload = connect(port, '127.0.0.1');
        upload.write('POST / HTTP/1.1\r\nhost: x.example\r\ncontent-length: 1000000\r\n\r\nbegin');
        await until(() => begun === 1);
        upload.destroy();
        await until(() => failures.length === 1);
        await cache.idle();
      });
    });

  it('that answers before it has read an upload, and with nothing, ends', async () => {
    let isFinished = false;
    const listener = (_, response) => {
      response.on('finish', () => (isFinished = true));
      response.writeHead(205);
      response.write('this');
      response.end('and that');
    };
    await withServer(listener, async ({ port }) => {
      const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(100_000) });
      assert.equal(response.status, 205);
      await until(() => isFinished);
    });
  });
});

it('very many may ask for the same at once, and while it is written', { timeout: 120_000 }, async () => {
  const [many, memory] = [1500, memoryStore()];
  let [asked, write] = [0];
  const written = new Promise((resolve) => (write = resolve));
  const store = { ...memory, keep: async (...body) => (await written, memory.keep(...body)) };
  const origin = async () => {
    asked++;
    await sleep(20);
    return new Response('a body', { headers: LASTING });
  };
  const fetch = cachingFetch({ store, fetch: origin });
  const ask = async () => (await fetch(URL_)).text();
  const texts = async () => [...new Set(await Promise.all(Array.from({ length: many }, ask)))];
  assert.deepEqual(await texts(), ['a body']);
  for (let one = 0; one < many; one++) assert.equal(await ask(), 'a body');
  write();
  assert.deepEqual(await texts(), ['a body']);
  assert.equal(asked, 1);
});
