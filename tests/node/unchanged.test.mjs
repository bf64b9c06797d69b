// What servers are asked, and what they answer, is the same with a cache in front of them as without.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connect2 } from 'node:http2';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import express from 'express';
import Fastify from 'fastify';
import { serverCache } from '../../pkg/node.js';

const bytes = (text) => Buffer.from(text).toString('latin1');
const FILE = 'content-disposition';

/** What an application is asked, by its first line and fields: requests with and without a body, and names of files. */
const REQUESTS = [
  'POST /body HTTP/1.1',
  'POST /body HTTP/1.1\r\ncontent-length: 0',
  'PUT /body HTTP/1.1',
  'DELETE /body HTTP/1.1',
  'PATCH /body HTTP/1.1\r\ncontent-type: application/json',
  'POST /body HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  'POST /body HTTP/1.1\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0',
  'GET /body HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  'GET /name/0 HTTP/1.1',
  'GET /name/1 HTTP/1.1',
  'GET /name/2 HTTP/1.1',
];
const NAMES = ['é', bytes('é'), bytes('€')];
/** Some servers read a body of a GET, which means nothing (RFC 9110, section 9.3.1) and does not come through the cache. */
const told = (request, body) => ({ body: (request.method !== 'GET' && body) ?? null });

const SERVERS = {
  Express: (cache) => {
    const app = express();
    if (cache) app.use(cache.express());
    app.use(express.json());
    app.use('/body', (request, response) => response.json(told(request, request.body)));
    app.get('/name/:n', ({ params }, response) => {
      response.writeHead(200, { 'cache-control': 'no-store', [FILE]: `attachment; filename="${NAMES[params.n]}"` });
      response.end('x');
    });
    return app.listen(0, '127.0.0.1');
  },
  Fastify: async (cache) => {
    const app = Fastify();
    if (cache) await app.register(cache.fastify);
    app.all('/body', async (request) => told(request, request.body));
    app.get('/name/:n', async ({ params }, reply) => {
      reply.raw.writeHead(200, { 'cache-control': 'no-store', [FILE]: `attachment; filename="${NAMES[params.n]}"` });
      reply.raw.end('x');
      return reply.hijack();
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
};

for (const [name, open] of Object.entries(SERVERS)) {
  describe(name, () => {
    it('bodies, and names of files in all spellings', async (t) => {
      const [bare, own] = [await open(), await open(serverCache())];
      for (const server of [bare, own]) {
        if (!server.listening) await once(server, 'listening');
        t.after(() => (server.closeAllConnections(), server.close()));
      }
      for (const request of REQUESTS) {
        const [expected, actual] = [await answer(bare, request), await answer(own, request)];
        assert.match(expected, /^200|^4/, request);
        assert.equal(actual, expected, request);
      }
    });
  });
}

describe('HTTP/2', () => {
  it('a server of it is answered from the cache', async (t) => {
    const app = Fastify({ http2: true });
    let count = 0;
    await app.register(serverCache().fastify);
    const fresh = (reply) => reply.header('cache-control', 'max-age=60').send(`${++count}`);
    app.get('/', async (_, reply) => fresh(reply));
    app.post('/', async ({ body }) => ({ body: body ?? null }));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const session = connect2(`http://127.0.0.1:${app.server.address().port}`);
    t.after(() => (session.destroy(), app.close()));
    const ask = async (fields, body) => {
      const stream = session.request({ ':path': '/', ...fields });
      const head = once(stream, 'response');
      stream.end(body);
      const [{ ':status': status }] = await head;
      return `${status} ${(await stream.toArray()).join('')}`;
    };
    assert.deepEqual([await ask({}), await ask({})], ['200 1', '200 1']);
    const json = { ':method': 'POST', 'content-type': 'application/json' };
    assert.equal(await ask(json, '[1]'), '200 {"body":[1]}');
    assert.equal(await ask({ ':method': 'POST' }), '200 {"body":null}');
    assert.equal(await ask({}), '200 2', 'a POST invalidates');
  });
});

/** The status, the name of a file, and the body of what a server answers. */
async function answer(server, request) {
  const socket = connect(server.address().port, '127.0.0.1');
  const [head, body] = request.split('\r\n\r\n');
  const rest = body === undefined ? '' : request.slice(head.length + 4);
  const end = rest.endsWith('\r\n0') ? '\r\n\r\n' : '';
  socket.write(`${head}\r\nhost: x.example\r\nconnection: close\r\n\r\n${rest}${end}`);
  const said = Buffer.concat(await socket.toArray()).toString('latin1');
  const [fields, ...text] = said.split('\r\n\r\n');
  const [, status] = fields.split(' ');
  const file = /^content-disposition: (.*)$/im.exec(fields)?.[1] ?? '';
  return `${status} ${file} ${/\{[^]*\}/.exec(text.join(''))?.[0] ?? ''}`;
}
