// A body that an application does not read keeps nobody waiting who comes behind it on the same connection; and what a target or
// a proxy's fields say of a host is not what all are given.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import express from 'express';
import Fastify from 'fastify';
import { serverCache } from '../../pkg/node.js';

const refuse = (request, response) => {
  if (request.method === 'POST') return response.writeHead(401, { 'content-length': 2 }).end('no');
  response.writeHead(200, { 'content-length': 3 }).end('yes');
};
const SERVERS = {
  Express: (cache) => express().use(cache.express()).use(refuse).listen(0, '127.0.0.1'),
  'node:http': (cache) => createServer(cache.listener(refuse)).listen(0, '127.0.0.1'),
  Fastify: async (cache) => {
    const app = Fastify();
    await app.register(cache.fastify);
    app.addHook('onRequest', async (request, reply) => {
      if (request.method === 'POST') return reply.code(401).send('no');
    });
    app.get('/', async () => 'yes');
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
};

for (const [name, open] of Object.entries(SERVERS)) {
  describe(name, () => {
    it('answers what comes behind a body that nobody reads', { timeout: 20_000 }, async (t) => {
      const server = await open(serverCache({ onWarning: () => {} }));
      if (!server.listening) await once(server, 'listening');
      t.after(() => (server.closeAllConnections(), server.close()));
      const socket = connect(server.address().port, '127.0.0.1');
      t.after(() => socket.destroy());
      const said = [];
      socket.on('data', (chunk) => said.push(chunk));
      const until = async (pattern) => {
        while (!pattern.test(Buffer.concat(said).toString())) await once(socket, 'data');
      };
      socket.write('POST / HTTP/1.1\r\nhost: site.example\r\ncontent-length: 300000\r\n\r\n');
      socket.write('x'.repeat(300_000));
      await until(/ 401 [^]*no/);
      socket.write('GET / HTTP/1.1\r\nhost: site.example\r\n\r\n');
      await until(/ 200 [^]*yes/);
    });
  });
}

it('what is read after the answer comes whole', { timeout: 20_000 }, async (t) => {
  let got = 0;
  let end;
  const ended = new Promise((resolve) => (end = resolve));
  const early = async (request, response) => {
    response.writeHead(202, { 'content-length': 2 }).end('ok');
    for await (const chunk of request) {
      got += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    end();
  };
  const server = createServer(serverCache().listener(early)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => (server.closeAllConnections(), server.close()));
  const { port } = server.address();
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(2_000_000) });
  assert.equal(answer.status, 202);
  await ended;
  assert.equal(got, 2_000_000);
});

it('who answers and then takes its time with each piece has all of it', { timeout: 30_000 }, async (t) => {
  let [got, end] = [0];
  const ended = new Promise((resolve) => (end = resolve));
  const slow = async (request, response) => {
    response.writeHead(202).end('ok');
    try {
      for await (const chunk of request) {
        if (got === 0) await new Promise((resolve) => setTimeout(resolve, 2500));
        got += chunk.length;
      }
    } finally {
      end();
    }
  };
  const server = createServer(serverCache().listener(slow)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => (server.closeAllConnections(), server.close()));
  const { port } = server.address();
  await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x'.repeat(1_000_000) })).text();
  await ended;
  assert.equal(got, 1_000_000);
});

describe('with the option `origin`', () => {
  const LINES = {
    'a target with a host': 'GET http://evil.example/a HTTP/1.1\r\nhost: evil.example',
    'fields of a proxy':
      'GET /a HTTP/1.1\r\nhost: evil.example\r\nx-forwarded-host: evil.example\r\nx-forwarded-proto: http\r\nx-forwarded-port: 9\r\nforwarded: host=evil.example',
    'no host': 'GET //evil.example/a HTTP/1.0',
  };
  for (const [what, lines] of Object.entries(LINES)) {
    it(`${what}: nobody else's page is of another host`, async (t) => {
      const cache = serverCache({ origin: 'https://site.example' });
      const app = express().set('trust proxy', true).use(cache.express());
      app.use((request, response) => {
        response
          .set('cache-control', 'max-age=60')
          .send(`${request.protocol}://${request.hostname}${request.originalUrl}`);
      });
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => (server.closeAllConnections(), server.close()));
      const socket = connect(server.address().port, '127.0.0.1').end(`${lines}\r\nconnection: close\r\n\r\n`);
      const text = Buffer.concat(await socket.toArray()).toString();
      const path = what === 'no host' ? '//evil.example/a' : '/a';
      assert.equal(
        text.split('\r\n\r\n')[1],
        `${what === 'fields of a proxy' ? 'https' : 'http'}://site.example${path}`,
      );
    });
  }
});

describe('nothing is left behind of', { timeout: 20_000 }, () => {
  /** Timers that go on, but for those of before. */
  function counted(t) {
    const { clearInterval, setInterval } = globalThis;
    const live = new Set();
    globalThis.setInterval = (...of) => {
      const timer = setInterval(...of);
      live.add(timer);
      return timer;
    };
    globalThis.clearInterval = (timer) => {
      live.delete(timer);
      clearInterval(timer);
    };
    t.after(() => Object.assign(globalThis, { clearInterval, setInterval }));
    return live;
  }
  const forgotten = async (live) => {
    for (let tries = 0; live.size > 0 && tries < 50; tries++) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(live.size, 0);
  };

  for (const [name, open] of Object.entries(SERVERS))
    it(`who has gone before the end of what they sent: ${name}`, async (t) => {
      const live = counted(t);
      const server = await open(serverCache({ onWarning: () => {} }));
      if (!server.listening) await once(server, 'listening');
      t.after(() => (server.closeAllConnections(), server.close()));
      const socket = connect(server.address().port, '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nhost: site.example\r\ncontent-length: 10\r\n\r\nabc');
      await once(socket, 'data');
      socket.destroy();
      await forgotten(live);
    });

  it("a request of Fastify's `inject`, which no connection is behind", async (t) => {
    const live = counted(t);
    const app = Fastify();
    await app.register(serverCache().fastify);
    app.post('/', async (request) => request.body);
    t.after(() => app.close());
    const { body } = await app.inject({ method: 'POST', url: '/', payload: { a: 1 } });
    assert.equal(body, '{"a":1}');
    await forgotten(live);
  });

  it('who reads the rest of a body that does not come is told so, and nobody else', async (t) => {
    const complains = t.mock.method(console, 'error', () => {});
    let failed;
    const told = new Promise((resolve) => (failed = resolve));
    const early = async (request, response) => {
      response.writeHead(202).end('ok');
      try {
        for await (const chunk of request) void chunk;
      } catch (error) {
        failed(error);
      }
    };
    const server = createServer(serverCache().listener(early)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => (server.closeAllConnections(), server.close()));
    const socket = connect(server.address().port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: site.example\r\ncontent-length: 10\r\n\r\nabc');
    await once(socket, 'data');
    socket.destroy();
    assert.ok((await told) instanceof Error);
    await new Promise(setImmediate);
    assert.equal(complains.mock.callCount(), 0);
  });
});
