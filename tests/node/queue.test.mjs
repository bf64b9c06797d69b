// The order of what waits (js/worker/queue-send.ts), where a request fails while the queue is read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

globalThis.self = {
  clients: { matchAll: async () => [{ url: 'https://x.example/app/', postMessage() {} }] },
  registration: { scope: 'https://x.example/app/' },
};
const { QueueSender: Sender } = await bundled('worker/queue-send');

/** One for which nothing follows from an answer. */
class QueueSender extends Sender {
  constructor(store, send) {
    super(store, (request) => ({ answer: send(request), done: Promise.resolve() }));
  }
}

const waiting = (id) => ({
  id,
  queue: 'api',
  url: `https://x.example/${id}`,
  method: 'POST',
  headers: [],
  body: new ArrayBuffer(0),
  tries: 0,
  next: 0,
});

/** A store in memory; `found` is called when an entry has been read, and before anybody is told of it. */
function storeOf(ids, found) {
  const kept = new Map(ids.map((id) => [id, waiting(id)]));
  return {
    async *all() {
      for (const id of [...kept.keys()].sort()) {
        await found(id);
        if (kept.has(id)) yield kept.get(id);
      }
    },
    add: async (one) => void kept.set(one.id, one),
    count: async () => kept.size,
    remove: async ({ id }) => void kept.delete(id),
    update: async (one) => void kept.set(one.id, one),
  };
}

test('what failed while the queue was read is sent before what came later', async () => {
  const sent = [];
  const found = async (id) => {
    if (id !== 2 || !sender.isUnderWay(1)) return;
    await sender.keep(waiting(1));
    sender.end(1);
  };
  const send = async (request) => {
    sent.push(new URL(request.url).pathname);
    return { response: new Response('') };
  };
  const sender = new QueueSender(storeOf([2], found), send);
  sender.begin(1, 'api');
  assert.equal(await sender.all('all'), 2, 'both wait');
  assert.equal(await sender.all('all'), 0);
  assert.deepEqual(sent, ['/1', '/2']);
});

test('what is told of an answer, to whom, and when it is tried again', async () => {
  const told = [];
  const page = (path) => ({
    url: `https://x.example${path}`,
    postMessage: ({ event, status }) => told.push(`${path} ${event} ${status}`),
  });
  const failure = new Error('nobody answers');
  const redirect = { ok: false, status: 0, type: 'opaqueredirect', headers: new Headers(), body: null };
  for (const [what, report, pages, left, expected] of [
    ['a redirect that is not followed', { response: redirect }, ['/app/a', '/blog/'], 0, ['/app/a sent 0']],
    ['a refusal', { response: new Response('', { status: 403 }) }, ['/app/a', '/blog/'], 0, ['/app/a refused 403']],
    [
      'a refusal that only another scope could hear',
      { response: new Response('', { status: 403 }) },
      ['/blog/'],
      1,
      [],
    ],
    ['no answer', { response: Response.error(), failure }, ['/app/a'], 1, []],
  ]) {
    told.length = 0;
    globalThis.self.clients = { matchAll: async () => pages.map(page) };
    const store = storeOf([1], async () => {});
    const sender = new QueueSender(store, async () => report);
    assert.deepEqual([await sender.all('all'), told], [left, expected], what);
  }

  // Each sign of a network is one for it, until it has shown that it is the request.
  let tries = 0;
  const sender = new QueueSender(
    storeOf([1], async () => {}),
    async () => (tries++, { response: Response.error(), failure }),
  );
  for (let sign = 0; sign < 30; sign++) await sender.retry();
  assert.equal(tries, 11);
});

test('a server that wants to be left alone is, whatever the browser takes for a sign of a network', async () => {
  const busy = () => new Response('', { status: 503, headers: { 'retry-after': '600' } });
  for (const [what, report, expected] of [
    ['Retry-After', () => ({ response: busy() }), { due: 0, failed: 0, all: 1 }],
    ['an error without it', () => ({ response: new Response('', { status: 500 }) }), { due: 0, failed: 1, all: 1 }],
  ]) {
    let sent = 0;
    const sender = new QueueSender(
      storeOf([1], async () => {}),
      async () => (sent++, report()),
    );
    await sender.all('due');
    for (const [which, times] of Object.entries(expected)) {
      const before = sent;
      await sender.all(which);
      assert.equal(sent - before, times, `${what}: ${which}`);
    }
  }
});

test('a request that has no answer for five minutes keeps nobody waiting any longer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent = [];
  const send = (request) => {
    const { pathname } = new URL(request.url);
    sent.push(pathname);
    if (pathname !== '/1') return Promise.resolve({ response: new Response('') });
    const { signal } = request;
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve({ response: Response.error(), failure: signal.reason })),
    );
  };
  const store = storeOf([1, 2], async () => {});
  await store.add({ ...waiting(2), queue: 'other' });
  const sender = new QueueSender(store, send);
  const left = sender.all('all');
  while (sent.length === 0) await new Promise(setImmediate);
  t.mock.timers.tick(299_000);
  await new Promise(setImmediate);
  assert.deepEqual(sent, ['/1']);
  t.mock.timers.tick(1000);
  assert.deepEqual([await left, sent], [1, ['/1', '/2']]);
});

test('a clock that was set back keeps nothing waiting', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2027, 0) });
  let sent = 0;
  const sender = new QueueSender(
    storeOf([1], async () => {}),
    async () => (sent++, { response: new Response('', { status: sent > 1 ? 200 : 503 }) }),
  );
  assert.deepEqual([await sender.all('due'), await sender.all('due'), sent], [1, 1, 1]);
  t.mock.timers.setTime(Date.UTC(2026, 0));
  assert.deepEqual([await sender.all('due'), sent], [0, 2]);
});

test('what follows from an answer is waited for, and keeps nobody waiting who wants the answer', async () => {
  let written;
  const done = new Promise((resolve) => (written = resolve));
  const sender = new Sender(
    storeOf([1], async () => {}),
    () => ({ answer: Promise.resolve({ response: new Response('') }), done }),
  );
  const followed = [];
  assert.equal(await sender.all('all', followed), 0);
  let isWritten = false;
  const all = Promise.all(followed).then(() => (isWritten = true));
  await new Promise(setImmediate);
  assert.equal(isWritten, false);
  written();
  await all;
});

test('what follows from an answer keeps the worker for the event that had it sent, and for no later one', async () => {
  const never = new Promise(() => {});
  const store = storeOf([1], async () => {});
  const send = (request) => ({
    answer: Promise.resolve({ response: new Response('') }),
    done: request.url.endsWith('/1') ? never : Promise.resolve(),
  });
  const sender = new Sender(store, send);
  const [first, later, own] = [[], [], []];
  assert.equal(await sender.all('all', first), 0);
  await sender.one(new Request('https://x.example/1'), own);
  await store.add(waiting(2));
  assert.equal(await sender.all('failed', later), 0);
  await Promise.all(later);
  assert.deepEqual([first, later.length, own], [[never], 1, [never]]);
});
