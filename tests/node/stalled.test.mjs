// Origin servers that stop in the middle of an answer.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachingFetch, fromOrigins } from '../../pkg/node.js';

/** Two servers, of which the first answers as it is told, and what goes to them. */
async function two(t, listener) {
  const servers = [createServer(listener), createServer((_, response) => response.end('second'))];
  const warnings = [];
  const origins = [];
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    t.after(() => (server.closeAllConnections(), server.close()));
    origins.push(`http://127.0.0.1:${server.address().port}`);
  }
  const onWarning = (what, error) => warnings.push(error.message);
  return { ask: fromOrigins({ origins, onWarning, timeoutMs: 200 }), warnings };
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
      if (status === 200) await assert.rejects(get(), /nothing for 200 ms/);
      else assert.equal(await get(), 'second');
      await fetch.idle();
      assert.equal(await get(), 'second');
      assert.match(warnings[0], status === 200 ? /nothing for 200 ms/ : /answers 500/);
    },
  );

it('who reads slowly has all of it', { timeout: 20_000 }, async (t) => {
  const { ask, warnings } = await two(t, (_, response) => response.end('x'.repeat(3_000_000)));
  const response = await ask(new Request('http://site.example/a'));
  let length = 0;
  for await (const chunk of response.body) {
    if (length === 0) await sleep(500);
    length += chunk.length;
  }
  assert.deepEqual([length, warnings], [3_000_000, []]);
});

it('events may keep silent', { timeout: 20_000 }, async (t) => {
  const { ask } = await two(t, async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).write('data: 1\n\n');
    await sleep(500);
    response.end('data: 2\n\n');
  });
  const response = await ask(new Request('http://site.example/a'));
  assert.equal(await response.text(), 'data: 1\n\ndata: 2\n\n');
});

it('who goes away is no fault of a server', { timeout: 20_000 }, async (t) => {
  let isClosed;
  const closed = new Promise((resolve) => (isClosed = resolve));
  const { ask, warnings } = await two(t, (_, response) => {
    response.on('close', isClosed).writeHead(200, LASTING).write('half');
  });
  const response = await ask(new Request('http://site.example/a'));
  await response.body.cancel();
  await closed;
  assert.deepEqual(warnings, []);
});
