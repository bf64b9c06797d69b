// Requests that say which bytes they want (Subresource Integrity): what is stored is held to it as well.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { cachingFetch } from '../../pkg/node.js';
import { openOrigin, send } from './origin.mjs';

test('what is stored is given only to who wants these bytes', async (t) => {
  const origin = await openOrigin((_, response) => send(response, 200, { 'cache-control': 'max-age=60' }, 'bytes'));
  t.after(() => origin.close());
  const fetch = cachingFetch();
  const integrity = `sha256-${createHash('sha256').update('bytes').digest('base64')}`;
  const get = async (options) => (await fetch(origin.url('/a'), options)).text();
  assert.equal(await get(), 'bytes');
  await fetch.idle();
  assert.equal(await get({ integrity }), 'bytes');
  await assert.rejects(get({ integrity: integrity.replace(/.{4}$/, 'AAA=') }), TypeError);
  assert.equal(await get({ integrity: `sha1-unknown` }), 'bytes', 'of what nobody knows nothing is asked');
  assert.equal(origin.asked.length, 1);
});

test('what is at the end of redirects is held to it, and what is on the way is not', async (t) => {
  const digest = (text) => `sha256-${createHash('sha256').update(text).digest('base64')}`;
  const origin = await openOrigin(({ url }, response) => {
    const status = { '/a': 302, '/b': 303 }[url];
    const fields = { ...(status && { location: '/c' }), 'cache-control': 'max-age=60' };
    send(response, status ?? 200, fields, status ? 'elsewhere' : 'bytes');
  });
  t.after(() => origin.close());
  const fetch = cachingFetch();
  for (const [path, method] of [
    ['/a', 'GET'],
    ['/b', 'POST'],
  ]) {
    const asked = (text) => fetch(origin.url(path), { method, integrity: digest(text) });
    assert.equal(await (await asked('bytes')).text(), 'bytes');
    await assert.rejects(asked('elsewhere'), TypeError);
  }
});

test('what is not what was wanted is not kept, nor is an error that', async (t) => {
  let body = 'damaged';
  const origin = await openOrigin(({ url }, response) =>
    send(response, url === '/gone' ? 404 : 200, { 'cache-control': 'max-age=60' }, body),
  );
  t.after(() => origin.close());
  const fetch = cachingFetch({ onWarning: () => {} });
  const integrity = `sha256-${createHash('sha256').update('bytes').digest('base64')}`;
  const get = async (path) => (await fetch(origin.url(path), { integrity })).text();
  for (const path of ['/a', '/gone']) await assert.rejects(get(path), TypeError);
  await fetch.idle();
  body = 'bytes';
  assert.equal(await get('/a'), 'bytes');
});

test('connections of undici are those of each request on the way', async () => {
  const through = [];
  const fetch = cachingFetch({
    fetch: async ({ url }, { dispatcher }) => {
      through.push(dispatcher);
      return url.endsWith('/a') ? new Response(null, { status: 302, headers: { location: '/b' } }) : new Response('b');
    },
  });
  const dispatcher = { dispatch: () => {} };
  await fetch('http://site.example/a', { dispatcher });
  assert.deepEqual(through, [dispatcher, dispatcher]);
});
