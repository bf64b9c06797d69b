// What a listener of node:http says in a head, as clients are given it by a cache in front.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import express from 'express';
import { serverCache } from '../../pkg/node.js';

const trailing = (response) => {
  response.write('text');
  response.addTrailers({ 'x-digest': '1' });
  response.end();
};
const COOKIES = ['a=1; Path=/', 'b=2; Path=/'];
const CASES = {
  'trailers, set': (response) => trailing(response.setHeader('Trailer', 'x-digest').setHeader('x-own', 'a')),
  'trailers, written': (response) => trailing(response.writeHead(200, { Trailer: 'x-digest', 'x-own': 'a' })),
  'trailers, set and written': (response) =>
    trailing(response.setHeader('x-own', 'a').writeHead(200, { trailer: 'x-digest' })),
  'trailers, in turn': (response) => trailing(response.writeHead(200, ['x-own', 'a', 'trailer', 'x-digest'])),
  'in chunks, set': (response) =>
    trailing((response.setHeader('Transfer-Encoding', 'chunked'), response.setHeader('x-own', 'a'))),
  'in chunks, written': (response) =>
    trailing(response.writeHead(200, { 'x-own': 'a', 'Transfer-Encoding': 'chunked' })),
  'all at once': (response) => response.setHeader('x-own', 'a').end('text'),
  'all at once, with its length': (response) =>
    response.writeHead(200, { 'x-own': 'a', 'content-length': 4 }).end('text'),
};

for (const [name, before] of [
  ['node:http', (cache, listener) => createServer(cache.listener(listener))],
  ['Express', (cache, listener) => createServer(express().use(cache.express()).use(listener))],
])
  describe(name, { timeout: 20_000 }, () => {
    for (const [what, answer] of Object.entries(CASES))
      it(what, async (t) => {
        const warnings = [];
        const cache = serverCache({ onWarning: (what, error) => warnings.push(`${what}: ${error}`) });
        const listener = (_, response) => answer(response.setHeader('cache-control', 'max-age=60'));
        const server = before(cache, listener).listen(0, '127.0.0.1');
        await once(server, 'listening');
        t.after(() => (server.closeAllConnections(), server.close()));
        const ask = async () => {
          const response = await fetch(`http://127.0.0.1:${server.address().port}/`);
          const { headers, status } = response;
          return [status, headers.get('x-own'), headers.get('content-length'), await response.text()];
        };
        const expected = [200, 'a', what.startsWith('all') ? '4' : null, 'text'];
        assert.deepEqual(await ask(), expected);
        await cache.idle();
        assert.deepEqual([await ask(), warnings], [expected, []]);
      });

    for (const [what, answer] of [
      ['at once', (response) => response.setHeader('set-cookie', COOKIES).end('text')],
      [
        'one by one',
        (response) =>
          response.appendHeader('set-cookie', COOKIES[0]).appendHeader('set-cookie', COOKIES[1]).end('text'),
      ],
      ['written', (response) => response.writeHead(200, { 'set-cookie': COOKIES }).end('text')],
    ])
      it(`several cookies, ${what}`, async (t) => {
        const cache = serverCache();
        const server = before(cache, (_, response) => answer(response.setHeader('cache-control', 'max-age=60')));
        await once(server.listen(0, '127.0.0.1'), 'listening');
        t.after(() => (server.closeAllConnections(), server.close()));
        for (const isHit of [false, true]) {
          const { headers } = await fetch(`http://127.0.0.1:${server.address().port}/`);
          assert.deepEqual([headers.getSetCookie(), /hit/.test(headers.get('cache-status'))], [COOKIES, isHit]);
          await cache.idle();
        }
      });

    it('a status is said in words, where the application has not said others', async (t) => {
      const own = { '/own': 'Here It Is' };
      const cache = serverCache();
      const server = before(cache, ({ url }, response) => {
        response.writeHead(200, own[url], { 'cache-control': 'max-age=60' }).end('text');
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      t.after(() => (server.closeAllConnections(), server.close()));
      const said = async (path) => (await fetch(`http://127.0.0.1:${server.address().port}${path}`)).statusText;
      // Servers of Deno's say none of an application's.
      assert.deepEqual([await said('/'), await said('/own')], ['OK', 'Deno' in globalThis ? 'OK' : own['/own']]);
      await cache.idle();
      // Of what is stored there is the number.
      assert.deepEqual([await said('/'), await said('/own')], ['OK', 'OK']);
    });

    it('a status that has no body says no length', async (t) => {
      const server = before(serverCache(), (_, response) => Object.assign(response, { statusCode: 205 }).end('text'));
      await once(server.listen(0, '127.0.0.1'), 'listening');
      t.after(() => (server.closeAllConnections(), server.close()));
      const socket = connect(server.address().port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nhost: x.example\r\n\r\n');
      const [bytes] = await once(socket, 'data');
      socket.destroy();
      // Whoever reads it would wait for so many bytes.
      assert.doesNotMatch(String(bytes), /content-length: [1-9]/i);
    });

    for (const status of [999, 150])
      it(`a status that there is not: ${status}`, async (t) => {
        const warnings = [];
        const cache = serverCache({ onWarning: (what, error) => warnings.push(`${what}: ${error}`) });
        const fields = { 'x-own': 'a', 'cache-control': 'max-age=60', 'cdn-cache-control': 'max-age=60' };
        const server = before(cache, (_, response) => response.writeHead(status, fields).end('text'));
        await once(server.listen(0, '127.0.0.1'), 'listening');
        t.after(() => (server.closeAllConnections(), server.close()));
        for (const _ of [1, 2]) {
          const answer = await fetch(`http://127.0.0.1:${server.address().port}/`);
          assert.deepEqual([answer.status, answer.headers.get('x-own')], [502, 'a']);
          assert.match(answer.headers.get('cache-status'), /fwd=uri-miss; fwd-status=502(?!; stored)/);
        }
        assert.match(warnings.join(), new RegExp(`${status}`));
      });
  });

it('a response without a body has no length', async () => {
  const lengths = { 200: '4', 204: null, 205: null };
  for (const [status, length] of Object.entries(lengths)) {
    const init = { status, headers: { 'content-length': '4', 'cache-control': 'max-age=60' } };
    const warnings = [];
    const cache = serverCache({ onWarning: (what, error) => warnings.push(`${what}: ${error}`) });
    const handle = cache.handler(() => new Response(status === '200' ? 'text' : null, init));
    for (const became of [/; stored$/, /; hit/]) {
      const response = await handle(new Request('http://example.com/'));
      assert.deepEqual([response.status, response.headers.get('content-length')], [Number(status), length]);
      assert.match(response.headers.get('cache-status'), became);
      await response.text();
      await cache.idle();
    }
    // What is said of no body is no reason to take it for cut short.
    assert.deepEqual(warnings, []);
  }
});

for (const [name, before] of [
  ['node:http', (cache, listener) => createServer(cache.listener(listener))],
  ['Express', (cache, listener) => createServer(express().use(cache.express()).use(listener))],
])
  it(
    `a request that is about a whole server reaches a listener as it came: ${name}`,
    { timeout: 20_000 },
    async (t) => {
      const listener = ({ method, url }, response) => response.writeHead(200, { allow: 'GET' }).end(`${method} ${url}`);
      const server = before(serverCache(), listener).listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => (server.closeAllConnections(), server.close()));
      // No other method is.
      for (const [asked, told] of [
        ['OPTIONS *', 'OPTIONS *'],
        ['OPTIONS *', 'OPTIONS *'],
        ['GET *', 'GET /*'],
      ]) {
        const socket = connect(server.address().port, '127.0.0.1');
        // Not ended: a server may take a client that has said its last for gone (Deno's does).
        socket.write(`${asked} HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n`);
        const [head, body] = (await socket.toArray()).join('').split('\r\n\r\n');
        assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
        assert.ok(body.includes(told), body);
      }
    },
  );
