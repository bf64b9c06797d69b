// Time limits that applications set on requests, responses and connections, with a cache in front.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import express from 'express';
import { serverCache } from '../../pkg/node.js';

const late = (response, text) => () => response.writeHead(503).end(text);
const CASES = {
  'of a request': [(request, response) => request.setTimeout(50, late(response, 'request')), '503 request'],
  'of a request, as an event': [
    (request, response) => request.on('timeout', late(response, 'event')).setTimeout(50),
    '503 event',
  ],
  'of a response': [(_, response) => response.setTimeout(50, late(response, 'response')), '503 response'],
  'that nobody waits for': [(_, response) => response.setTimeout(50), '500 '],
  'that is taken back': [
    (request, response) => {
      request.setTimeout(50, late(response, 'late'));
      request.setTimeout(0);
      setTimeout(() => response.end('in time'), 200);
    },
    '200 in time',
  ],
  'that is longer than a timer may take': [
    (request, response) => {
      request.setTimeout(2 ** 31, late(response, 'request'));
      response.setTimeout(Number.MAX_SAFE_INTEGER, late(response, 'response'));
      setTimeout(() => response.end('in time'), 200);
    },
    '200 in time',
  ],
  'that is none': [
    (request, response) => {
      const codeOf = (limit) => {
        try {
          request.setTimeout(limit);
        } catch ({ code, name }) {
          return `${name} ${code}`;
        }
      };
      response.end(JSON.stringify([Infinity, NaN, -1, '50', undefined].map(codeOf)));
    },
    `200 ${JSON.stringify([...Array(3).fill('RangeError ERR_OUT_OF_RANGE'), ...Array(2).fill('TypeError ERR_INVALID_ARG_TYPE')])}`,
  ],
  'is one of silence': [
    (_, response) => {
      response.setTimeout(3000, () => response.destroy());
      let left = 16;
      const timer = setInterval(() => {
        response.write('x');
        if (--left > 0) return;
        clearInterval(timer);
        response.end();
      }, 250);
    },
    `200 ${'x'.repeat(16)}`,
  ],
};

for (const [name, before] of [
  ['node:http', (cache, listener) => createServer(cache.listener(listener))],
  ['Express', (cache, listener) => createServer(express().use(cache.express()).use(listener))],
])
  describe(`a time limit, ${name}`, { timeout: 20_000 }, () => {
    for (const [what, [listener, expected]] of Object.entries(CASES))
      it(what, async (t) => {
        const server = before(serverCache({ onWarning: () => {} }), listener).listen(0, '127.0.0.1');
        await once(server, 'listening');
        t.after(() => (server.closeAllConnections(), server.close()));
        const response = await fetch(`http://127.0.0.1:${server.address().port}/`);
        assert.equal(`${response.status} ${await response.text()}`, expected);
      });
  });
