// Origin servers that stop in the middle of an answer.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachingFetch, fromOrigins } from '../../pkg/node.js';

/** For how long a server may say nothing, in milliseconds: a machine that is busy is silent for less. */
const LIMIT = 3000;

/** Two servers, of which the first answers as it is told, and what goes to them. */
async function two(t, listener, timeoutMs = LIMIT) {
  const servers = [createServer(listener), createServer((_, response) => response.end('second'))];
  const warnings = [];
  const origins = [];
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => (server.closeAllConnections(), server.close()));
    origins.push(`http://127.0.0.1:${server.address().port}`);
  }
  const onWarning = (what, error) => warnings.push(error.message);
  return { ask: fromOrigins({ origins, onWarning, timeoutMs }), warnings };
}

const LASTING = { 'cache-control': 'max-age=60', 'content-length': 100 };

for (const status of [200, 500])
  it(
    `what ends in the middle (${status}) is an error, is not kept, and the next is asked`,
    { timeout: 20_000 },
    async (t) => {
      const { ask, warnings } = await two(t, (_, response) => response.writeHead(status, LASTING).write('half'));
      const fetch = cachingFetch({ fetch: ask, onWarning: () => {} });
      const get = async () => (await fetch('http://site.example/a')).text();
      const silent = new RegExp(`nothing for ${LIMIT} ms`);
      if (status === 200) await assert.rejects(get(), silent);
      else assert.equal(await get(), 'second');
      await fetch.idle();
      assert.equal(await get(), 'second');
      assert.match(warnings[0], status === 200 ? silent : /answers 500/);
    },
  );

it('who reads slowly has all of it', { timeout: 20_000 }, async (t) => {
  const { ask, warnings } = await two(t, (_, response) => response.end('x'.repeat(3_000_000)));
  const response = await ask(new Request('http://site.example/a'));
  let length = 0;
  for await (const chunk of response.body) {
    if (length === 0) await sleep(1.5 * LIMIT);
    length += chunk.length;
  }
  assert.deepEqual([length, warnings], [3_000_000, []]);
});

it('events may keep silent', { timeout: 20_000 }, async (t) => {
  const { ask } = await two(t, async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).write('data: 1\n\n');
    await sleep(1.5 * LIMIT);
    response.end('data: 2\n\n');
  });
  const response = await ask(new Request('http://site.example/a'));
  assert.equal(await response.text(), 'data: 1\n\ndata: 2\n\n');
});

it('who goes away is no fault of a server', { timeout: 20_000 }, async (t) => {
  let isClosed;
  const closed = new Promise((resolve) => (isClosed = resolve));
  const listener = (_, response) => void response.on('close', isClosed).writeHead(200, LASTING).write('half');
  const { ask, warnings } = await two(t, listener, 60_000);
  const response = await ask(new Request('http://site.example/a'));
  await response.body.cancel();
  await closed;
  assert.deepEqual(warnings, []);
});

/** Asks an origin server that is a function. */
function asked(fetch, options = {}) {
  const warnings = [];
  const onWarning = (what, error) => warnings.push(error.message);
  const ask = fromOrigins({ origins: ['http://a.example'], onWarning, timeoutMs: 200, fetch, ...options });
  return { ask: async (init) => (await ask(new Request(`http://site.example/${FILE}`, init))).text(), warnings };
}

/** A file that a build wrote, and what it says of that. */
const FILE = 'a.kf.0123456789abcdef0123.css';
const integrity = `sha256-${createHash('sha256').update('text').digest('base64')}`;
const manifests = [{ files: { 'a.css': { url: FILE, integrity, bytes: 4, immutable: true } } }];

it('a process that is late itself blames no server', { timeout: 20_000 }, async () => {
  let times = 0;
  const pull = (signal, body) => {
    if (++times === 3) return body.close();
    signal.addEventListener('abort', () => body.error(signal.reason));
    // Meanwhile something comes, which cannot be read before timers are seen to.
    const end = performance.now() + 600;
    while (performance.now() < end);
    return new Promise((resolve) => setTimeout(() => resolve(body.enqueue(Buffer.from('x')))));
  };
  const { ask, warnings } = asked(
    async ({ signal }) =>
      new Response(new ReadableStream({ pull: (body) => pull(signal, body) }, { highWaterMark: 0 })),
  );
  assert.equal(await ask(), 'xx');
  assert.deepEqual(warnings, []);
});

it('what heeds no signal keeps nobody waiting either', { timeout: 20_000 }, async () => {
  let isCancelled;
  const cancelled = new Promise((resolve) => (isCancelled = resolve));
  const { ask, warnings } = asked(async () => new Response(new ReadableStream({ cancel: isCancelled })));
  await assert.rejects(ask(), /nothing for 200 ms/);
  await cancelled;
  assert.equal(warnings.length, 1);
});

/** Answers that heed no signal: where they stop, what tells that they are given up, and with which options. */
const DEAF = {
  'before it answers': [(silent) => silent],
  'in an answer': [async (_, body) => new Response(body)],
  'in an answer that is verified': [async (_, body) => new Response(body), { manifests }],
};
for (const [where, [answer, options]] of Object.entries(DEAF)) {
  const deaf = (more) => {
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    return asked(() => answer(new Promise(() => {}), body), { ...options, ...more });
  };

  it(`what heeds no signal is given up in time: ${where}`, { timeout: 5000 }, async () => {
    const { ask, warnings } = deaf();
    await assert.rejects(ask(), /nothing for 200 ms/);
    assert.equal(warnings.length, 1);
  });

  it(`nor does it keep who went away: ${where}`, { timeout: 5000 }, async () => {
    const { ask, warnings } = deaf({ timeoutMs: 60_000 });
    const leaving = new AbortController();
    setTimeout(() => leaving.abort(new Error('gone')), 50);
    await assert.rejects(ask({ signal: leaving.signal }), /gone/);
    assert.deepEqual(warnings, []);
  });
}

it('an answer that comes after all is given up as well', { timeout: 5000 }, async () => {
  let [isCancelled, answer] = [() => {}, () => {}];
  const cancelled = new Promise((resolve) => (isCancelled = resolve));
  const { ask } = asked(() => new Promise((resolve) => (answer = resolve)));
  await assert.rejects(ask(), /nothing for 200 ms/);
  answer(new Response(new ReadableStream({ cancel: isCancelled })));
  await cancelled;
});
