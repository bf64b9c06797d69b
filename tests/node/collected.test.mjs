// Responses whose bodies are read when the collector of garbage has been there.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cachingFetch, fromOrigins, serverCache } from '../../pkg/node.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');
const LENGTH = 100_000;

const pause = async () => {
  await sleep(20);
  gc();
  await sleep(60);
  gc();
  await sleep(20);
};

test('a body that is read late is there', { timeout: 20_000 }, async (t) => {
  const server = createServer((request, response) => {
    response.setHeader('cache-control', request.url === '/stored' ? 'max-age=60' : 'no-store');
    response.write('x');
    setTimeout(() => response.end('y'.repeat(LENGTH - 1)), 30);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${server.address().port}`;
  const fetch = cachingFetch();
  const behind = serverCache().handler((request) => globalThis.fetch(request));
  const front = async (url) => behind(new Request(url));
  const ask = fromOrigins({ origins: [origin] });
  const between = serverCache().handler((request) => ask(request));
  const balanced = async (url) => between(new Request(url));
  for (const [what, get] of Object.entries({ fetch, front, balanced })) {
    for (const path of ['/stored', '/stored', '/other', '/other']) {
      const response = await get(`${origin}${path}`);
      await pause();
      assert.equal((await response.text()).length, LENGTH, `${what} ${path}`);
    }
    for (const _ of [0, 1]) {
      const [one, two] = await Promise.all([get(`${origin}/other`), get(`${origin}/other`)]);
      await pause();
      assert.equal((await one.text()).length + (await two.text()).length, 2 * LENGTH, what);
    }
  }
});
