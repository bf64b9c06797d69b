// A listener's answer that is given up when all of it is written: by the cache, for it does not fit, or by who asked.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverCache } from '../../pkg/node.js';

const TEXT = '0123456789'.repeat(100);

/** Runs a story with a listener of node:http behind a cache. An error that nobody catches fails it, as it would end the server. */
async function withServer(listener, tell) {
  const cache = serverCache({ onWarning: () => {} });
  const server = createServer(cache.listener(listener));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await tell(server.address().port);
    await cache.idle();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe('what a listener has written when it is given up is no fault of the process', { timeout: 60_000 }, () => {
  it('that ends its connection itself, at the end of its answer', async () => {
    const ends = [
      ({ socket }) => socket.destroy(),
      ({ socket }) => socket.destroySoon(),
      (request) => request.destroy(),
      (_, response) => response.destroy(),
      (_, response) => response.destroy(new Error('enough')),
    ];
    const listener = (request, response) => {
      const end = ends[request.url.slice(1)];
      response.writeHead(200, { 'cache-control': 'max-age=60' }).end(TEXT);
      end?.(request, response);
    };
    await withServer(listener, async (port) => {
      const get = async (path) => (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
      for (const at of ends.keys()) await get(at).catch(() => {});
      assert.equal(await get('well'), TEXT);
    });
  });

  for (const [what, write] of [
    ['at once', (response, text) => response.end(text)],
    ['in two', (response, text) => (response.write(text.slice(0, 2)), response.end(text.slice(2)))],
    ['late', (response, text) => (response.flushHeaders(), setImmediate(() => response.end(text)))],
  ]) {
    it(`a rest that does not fit the part before it, written ${what}`, async () => {
      // A weak tag, as those of Express: parts of such a file are not put together.
      const fields = { 'cache-control': 'max-age=60', etag: 'W/"1"', 'accept-ranges': 'bytes' };
      const listener = ({ headers }, response) => {
        const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(headers.range) ?? [];
        if (first === undefined) return void write(response.writeHead(200, fields), TEXT);
        const part = TEXT.slice(Number(first), last ? Number(last) + 1 : undefined);
        const range = `bytes ${first}-${Number(first) + part.length - 1}/${TEXT.length}`;
        write(response.writeHead(206, { ...fields, 'content-range': range }), part);
      };
      await withServer(listener, async (port) => {
        const get = async (headers = {}) => (await fetch(`http://127.0.0.1:${port}/`, { headers })).text();
        assert.equal(await get({ range: 'bytes=0-4' }), TEXT.slice(0, 5));
        assert.equal(await get(), TEXT);
      });
    });

    it(`whose client goes away meanwhile, written ${what}`, async () => {
      let answer;
      const listener = (_, response) => void (answer = () => write(response, TEXT));
      await withServer(listener, async (port) => {
        for (let round = 0; round < 20; round++) {
          answer = undefined;
          const socket = connect(port, '127.0.0.1');
          socket.write(`GET /${round} HTTP/1.1\r\nhost: x.example\r\n\r\n`);
          while (!answer) await sleep(1);
          socket.resetAndDestroy();
          // The end of the connection and that of the answer come in any order.
          if (round % 2) await sleep(round % 4);
          answer();
          await sleep(1);
        }
      });
    });
  }
});
