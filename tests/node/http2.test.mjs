// HTTP/2 over TLS in front of a cache, with HTTP/1.1 beside it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createSecureServer } from 'node:http2';
import { Agent, request as request1 } from 'node:https';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverCache } from '../../pkg/node.js';

/** Nobody has to prove anything here: without certificates. */
const TLS = { ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2', rejectUnauthorized: false };

/** Waits until something is the case; a test that waits for ever fails by its own limit. */
async function until(isSo) {
  while (!isSo()) await sleep(5);
}

describe('a server of HTTP/2', { timeout: 30_000 }, () => {
  let [server, session, url] = [];
  let [asked, gone] = [0, 0];
  const warnings = [];
  const failures = [];

  async function listener(request, response) {
    asked++;
    response.on('close', () => response.writableFinished || gone++);
    if (request.url === '/never') return;
    if (request.url === '/begins') return void response.writeHead(200, { 'cache-control': 'no-store' }).write('begin');
    if (request.method === 'POST') {
      let length = 0;
      try {
        for await (const chunk of request) length += chunk.length;
      } catch (error) {
        return void failures.push(error);
      }
      return response.writeHead(201).end(`${length} bytes`);
    }
    // What is of a connection is nothing in HTTP/2 (RFC 9113, section 8.2.2).
    response.writeHead(200, {
      'cache-control': 'max-age=60',
      connection: 'keep-alive',
      'keep-alive': 'timeout=5',
      'set-cookie': ['c=1', 'd=2'],
    });
    response.end(`${request.headers.host} ${request.headers.cookie ?? ''}`);
  }

  before(async () => {
    const onWarning = (what, error) => warnings.push(`${what}: ${error}`);
    server = createSecureServer({ ...TLS, allowHTTP1: true }, serverCache({ onWarning }).listener(listener));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `https://127.0.0.1:${server.address().port}`;
    session = connect(url, TLS);
  });
  after(() => (session.close(), server.close()));

  async function ask(path, fields = {}, body) {
    const stream = session.request({ ':path': path, ...fields }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [head] = await once(stream, 'response');
    return {
      status: head[':status'],
      how: head['cache-status'],
      cookies: head['set-cookie'],
      text: Buffer.concat(await stream.toArray()).toString(),
    };
  }

  it('is asked once, by both', async () => {
    const cookies = { cookie: ['a=1', 'b=2'] };
    const { status, text } = await ask('/a', cookies);
    assert.deepEqual([status, text], [200, `${new URL(url).host} a=1; b=2`]);
    assert.match((await ask('/b')).how, /stored/);
    const hit = await ask('/b');
    assert.match(hit.how, /hit/);
    assert.deepEqual(hit.cookies, ['c=1', 'd=2']);
    const request = request1(`${url}/b`, { ...TLS, agent: new Agent() }).end();
    const [response] = await once(request, 'response');
    assert.match(response.headers['cache-status'], /hit/);
    response.resume();
    const { how, text: empty } = await ask('/b', { ':method': 'HEAD' });
    assert.deepEqual([/hit/.test(how), empty], [true, '']);
    assert.equal(asked, 2);
  });

  it('is given what is sent to it', async () => {
    const post = { ':method': 'POST' };
    assert.equal((await ask('/b', post, 'x'.repeat(1_000_000))).text, '1000000 bytes');
    assert.equal((await ask('/b', { ...post, 'content-length': 3 }, 'abc')).text, '3 bytes');
    assert.match((await ask('/b')).how, /uri-miss/);
  });

  for (const path of ['/never', '/begins'])
    it(`is told that nobody waits any more, ${path}`, async () => {
      const [askedBefore, goneBefore] = [asked, gone];
      const stream = session.request({ ':path': path }).on('error', () => {});
      if (path === '/begins') await once(stream, 'data');
      else await until(() => asked > askedBefore);
      stream.destroy();
      await until(() => gone > goneBefore);
    });

  it('is told of an upload that breaks off', async () => {
    const before = asked;
    const stream = session.request({ ':path': '/a', ':method': 'POST' }).on('error', () => {});
    stream.write('begin');
    await until(() => asked > before);
    stream.destroy();
    await until(() => failures.length === 1);
  });

  it('has nobody warned of any of that', () => assert.deepEqual(warnings, []));
});
