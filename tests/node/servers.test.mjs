// The cache in front of real servers: node:http, Express, Fastify, Hono. The same stories for each.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { toNodeHandler } from 'srvx/node';
import { serverCache } from '../../pkg/node.js';

const FIELDS = {
  'cache-control': 'max-age=60, stale-while-revalidate=60',
  'content-type': 'text/plain; charset=utf-8',
};

/** What has no end: the first event, and fields. `state.closed` says how many of them were given up. */
const EVENT = 'data: 1\n\n';
const LIVE = { 'cache-control': 'no-store', 'content-type': 'text/event-stream' };

/** What each server does: `state.count` says how often it was asked. `deep` is behind another router. */
function texts(state) {
  return {
    '/fresh': () => `fresh ${++state.count}`,
    '/deep/fresh': () => `deep ${++state.count}`,
    '/large': () => `${++state.count}`.padEnd(3_000_000, 'x'),
    '/fails': () => {
      state.count++;
      throw new Error('it fails');
    },
  };
}

const SERVERS = {
  'node:http': (cache, state) => {
    const all = texts(state);
    return createServer(
      cache.listener(async (request, response) => {
        const { pathname } = new URL(request.url, 'http://x');
        if (request.method === 'POST') {
          let body = '';
          for await (const chunk of request) body += chunk;
          return void response.writeHead(201, { 'content-type': 'text/plain' }).end(`posted ${body}`);
        }
        if (pathname === '/events') {
          response.writeHead(200, LIVE).on('close', () => state.closed++);
          return void response.write(EVENT);
        }
        if (!all[pathname]) return void response.writeHead(404, { 'cache-control': 'no-store' }).end('nothing');
        try {
          const text = all[pathname]();
          response.writeHead(200, { ...FIELDS, 'set-cookie': ['a=1', 'b=2'] });
          response.write(text.slice(0, 3));
          response.end(text.slice(3));
        } catch {
          response.writeHead(500).end('failed');
        }
      }),
    );
  },
  Express: (cache, state) => {
    const app = express();
    app.use(cache.express());
    const deep = express.Router();
    const all = texts(state);
    const send = (path) => (_request, response) => {
      const text = all[path]();
      response.set(FIELDS).cookie('a', '1').send(text);
    };
    deep.get('/fresh', send('/deep/fresh'));
    app.use('/deep', deep);
    for (const path of ['/fresh', '/large', '/fails']) app.get(path, send(path));
    app.post('/fresh', express.text(), (request, response) => void response.status(201).send(`posted ${request.body}`));
    app.get('/events', (_request, response) => {
      response.set(LIVE).on('close', () => state.closed++);
      response.write(EVENT);
    });
    app.use((_error, _request, response, _next) => void response.status(500).send('failed'));
    return createServer(app);
  },
  Fastify: async (cache, state) => {
    const app = Fastify();
    await app.register(cache.fastify);
    for (const [path, text] of Object.entries(texts(state))) {
      app.get(path, (_request, reply) => {
        const said = text();
        return reply.headers(FIELDS).send(said);
      });
    }
    app.post('/fresh', (request, reply) => reply.code(201).send(`posted ${request.body}`));
    app.get('/events', (_request, reply) => {
      const events = new Readable({ read() {} }).on('close', () => state.closed++);
      events.push(EVENT);
      return reply.headers(LIVE).send(events);
    });
    await app.ready();
    return app.server;
  },
  Hono: (cache, state) => {
    const app = new Hono();
    app.use(cache.hono(app));
    for (const [path, text] of Object.entries(texts(state)))
      app.get(path, (context) => context.text(text(), 200, FIELDS));
    app.post('/fresh', async (context) => context.text(`posted ${await context.req.text()}`, 201));
    app.onError((_, context) => context.text('failed', 500));
    app.get('/events', () => {
      const events = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(EVENT)),
        cancel: () => void state.closed++,
      });
      return new Response(events, { headers: LIVE });
    });
    // What Hono brings for Node is a package of its own: a handler of requests is all that is needed here.
    return createServer(toNodeHandler((request) => app.fetch(request)));
  },
};

for (const [name, make] of Object.entries(SERVERS)) {
  describe(name, () => {
    const story = (what, tell) =>
      it(what, async () => {
        const state = { count: 0, closed: 0 };
        const clock = { now: Math.floor(Date.now() / 1000) * 1000 };
        const warnings = [];
        const onWarning = (message, error) => warnings.push(`${message}: ${error}`);
        const cache = serverCache({ now: () => clock.now, onWarning });
        const server = await make(cache, state);
        await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
        const base = `http://127.0.0.1:${server.address().port}`;
        const get = async (path, init) => {
          const response = await fetch(base + path, init);
          const text = await response.text();
          await cache.idle();
          return { response, status: response.status, text, cacheStatus: response.headers.get('cache-status') ?? '' };
        };
        try {
          await tell({ base, cache, clock, get, state });
          assert.deepEqual(warnings, []);
        } finally {
          server.closeAllConnections();
          await new Promise((resolve) => server.close(resolve));
        }
      });

    story('what is fresh is not asked for again', async ({ get, state }) => {
      const first = await get('/fresh');
      assert.deepEqual([first.status, first.text], [200, 'fresh 1']);
      assert.match(first.cacheStatus, /stored/);
      const second = await get('/fresh');
      assert.deepEqual([second.text, state.count], ['fresh 1', 1]);
      assert.match(second.cacheStatus, /keepfresh; hit; ttl=60/);
      assert.equal(second.response.headers.get('content-type'), FIELDS['content-type']);
      assert.equal((await get('/deep/fresh')).text, 'deep 2');
      assert.equal((await get('/deep/fresh')).text, 'deep 2');
      assert.equal((await get('/fresh', { method: 'HEAD' })).text, '');
      assert.equal(state.count, 2);
    });

    story('what is stale is served, and asked for behind the answer', async ({ clock, get, state }) => {
      await get('/fresh');
      clock.now += 90_000;
      assert.deepEqual([(await get('/fresh')).text, state.count], ['fresh 1', 2]);
      assert.equal((await get('/fresh')).text, 'fresh 2');
    });

    story('many at once are one request', async ({ get, state }) => {
      const all = await Promise.all(Array.from({ length: 20 }, () => get('/large')));
      assert.ok(all.every(({ text }) => text.length === 3_000_000 && text.startsWith('1')));
      assert.equal(state.count, 1);
    });

    story('what is posted comes through, and what it changes is asked for again', async ({ get }) => {
      assert.equal((await get('/fresh')).text, 'fresh 1');
      const posted = await get('/fresh', { method: 'POST', body: 'this', headers: { 'content-type': 'text/plain' } });
      assert.deepEqual([posted.status, posted.text], [201, 'posted this']);
      assert.equal((await get('/fresh')).text, 'fresh 2');
    });

    story('what is not there, or fails, is answered as without a cache', async ({ get, state }) => {
      assert.equal((await get('/nowhere')).status, 404);
      for (const count of [1, 2]) {
        assert.equal((await get('/fails')).status, 500);
        assert.equal(state.count, count);
      }
    });

    story('a reader who goes away takes nobody with them', async ({ base, get, state }) => {
      const controller = new AbortController();
      const gone = fetch(`${base}/large`, { signal: controller.signal }).then((response) => {
        controller.abort();
        return response.text();
      });
      await assert.rejects(gone);
      assert.equal((await get('/large')).text.length, 3_000_000);
      assert.ok(state.count <= 2);
    });

    story(
      'a reader who goes away before there is an answer, or asks for nothing, does no harm',
      async ({ base, get }) => {
        const { port } = new URL(base);
        const raw = (text) =>
          new Promise((resolve, reject) => {
            const socket = connect(port, '127.0.0.1', () => socket.write(text));
            let said = '';
            socket.on('data', (bytes) => (said += bytes));
            socket.on('close', () => resolve(said));
            socket.on('error', reject);
            if (text.includes('/large')) setTimeout(() => socket.destroy(), 2);
          });
        await raw('GET /large HTTP/1.1\r\nhost: x.example\r\n\r\n');
        // Hono has no server of its own here.
        const nonsense = 'GET /fresh HTTP/1.1\r\nhost: [nonsense\r\nconnection: close\r\n\r\n';
        if (name !== 'Hono') assert.match(await raw(nonsense), /^HTTP\/1.1 400/);
        assert.equal((await get('/large')).text.length, 3_000_000);
      },
    );

    story(
      'what has no end begins at once, for each who asks, and ends when nobody reads it',
      async ({ base, state }) => {
        const controller = new AbortController();
        const { signal } = controller;
        const readers = [1, 2].map(async () => (await fetch(`${base}/events`, { signal })).body.getReader().read());
        for (const { value } of await Promise.all(readers)) assert.equal(Buffer.from(value).toString(), EVENT);
        controller.abort();
        while (state.closed < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      },
    );

    story('it can be invalidated by hand', async ({ base, cache, get }) => {
      await get('/fresh');
      await cache.invalidate({ keys: [`${base}/fresh`] });
      assert.equal((await get('/fresh')).text, 'fresh 2');
      await cache.invalidate({ origin: base });
      assert.equal((await get('/fresh')).text, 'fresh 3');
    });
  });
}

describe('a listener of node:http', () => {
  for (const [what, origin, first] of [
    ['with a URL for a path', undefined, 'GET http://right.example/ HTTP/1.1\r\nhost: wrong.example'],
    ['where all is for one origin', 'http://right.example', 'GET / HTTP/1.1\r\nhost: wrong.example'],
  ])
    it(`is told of no host but the one that its answer is stored for, ${what}`, async () => {
      const cache = serverCache({ origin });
      const listener = cache.listener(
        ({ headers }, response) => void response.writeHead(200, FIELDS).end(headers.host),
      );
      const heads = [first, 'GET / HTTP/1.1\r\nhost: right.example'];
      for (const said of await answers(listener, heads, () => cache.idle())) {
        assert.match(said, /right\.example/);
        assert.doesNotMatch(said, /wrong/);
      }
    });

  it('is asked nothing that no request can be made of, and nobody is told in the log', async () => {
    const warnings = [];
    const cache = serverCache({ onWarning: (message) => warnings.push(message) });
    const listener = cache.listener((_request, response) => void response.end('asked'));
    const heads = [
      'TRACE / HTTP/1.1\r\nhost: x',
      'GET / HTTP/1.1\r\nhost: u:p@x',
      'GET http://u:p@x/ HTTP/1.1\r\nhost: x',
    ];
    const said = await answers(listener, heads);
    assert.deepEqual(
      said.map((text) => text.split(' ', 2)[1]),
      ['501', '400', '400'],
    );
    assert.deepEqual(warnings, []);
  });

  it('finds the connection as it is without a cache', async () => {
    const facts = ({ socket }) => {
      const { encrypted, localPort, remoteAddress, remoteFamily } = socket;
      return [encrypted, localPort > 0, remoteAddress, remoteFamily];
    };
    const tell = (request, response) => void response.end(JSON.stringify(facts(request)));
    const [bare, cached] = [tell, serverCache().listener(tell)];
    const head = 'GET / HTTP/1.1\r\nhost: x';
    const bodyOf = (said) => JSON.parse(/\[.*\]/.exec(said)[0]);
    assert.deepEqual(bodyOf(...(await answers(cached, [head]))), bodyOf(...(await answers(bare, [head]))));
    // What a server with TLS says of its connections.
    const safe = (listener) => (request, response) => {
      request.socket.encrypted = true;
      return listener(request, response);
    };
    assert.equal(bodyOf(...(await answers(safe(cached), [head])))[0], true);
  });

  it('may fail late: nobody is given half of an answer for all of it, and nothing of it is kept', async () => {
    let count = 0;
    const warnings = [];
    const cache = serverCache({ onWarning: (message, error) => warnings.push(`${message}: ${error?.message}`) });
    const listener = cache.listener(async (request, response) => {
      count++;
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (request.url === '/early') throw new Error('too early');
      response.writeHead(200, FIELDS);
      response.write('half');
      await new Promise((resolve) => setTimeout(resolve, 10));
      throw new Error('too late');
    });
    const server = createServer(listener);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${server.address().port}`;
    try {
      for (const expected of [1, 2]) {
        assert.equal((await fetch(`${base}/early`)).status, 500);
        assert.equal(count, expected);
      }
      for (const expected of [3, 4]) {
        await assert.rejects(fetch(`${base}/late`).then((response) => response.text()));
        await cache.idle();
        assert.equal(count, expected);
      }
      assert.ok(warnings.some((text) => /a listener failed: too early/.test(text)));
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

/** What a listener answers to requests with these heads, each in a connection of its own. */
async function answers(listener, heads, between = async () => {}) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ask = (head) =>
    new Promise((resolve, reject) => {
      const socket = connect(server.address().port, '127.0.0.1');
      socket.write(`${head}\r\nconnection: close\r\n\r\n`);
      let said = '';
      socket.on('data', (bytes) => (said += bytes));
      socket.on('error', reject).on('close', () => resolve(said));
    });
  try {
    const all = [];
    for (const head of heads) {
      all.push(await ask(head));
      await between();
    }
    return all;
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
