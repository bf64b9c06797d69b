// What cachingFetch gives is what fetch gives.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cachingFetch } from '../../pkg/node.js';

const URL_ = 'https://example.com/';

it('a copy of a response knows where that came from, as do copies of copies', async () => {
  const origin = async ({ url }) =>
    url === URL_ ? new Response(null, { status: 302, headers: { location: '/there' } }) : new Response('text');
  const fetch = cachingFetch({ fetch: origin });
  const response = await fetch(URL_);
  for (const one of [response, response.clone(), response.clone().clone()])
    assert.deepEqual([one.url, one.redirected, await one.text()], [`${URL_}there`, true, 'text']);
  // Who watches what applications read puts something of its own there.
  response.clone = () => 'own';
  assert.equal(response.clone(), 'own');
});

it('what is no HTTP is no matter of caches', async () => {
  const kept = [];
  const store = {
    read: async () => '',
    body: async () => undefined,
    keep: async (key) => void kept.push(key),
    write: async (key) => void kept.push(key),
    keys: async () => [],
  };
  const fetch = cachingFetch({ store });
  const blob = URL.createObjectURL(new Blob(['of a blob']));
  for (const [url, text] of [
    ['data:text/plain,here', 'here'],
    [blob, 'of a blob'],
  ]) {
    const response = await fetch(url);
    assert.deepEqual([await response.text(), response.headers.get('cache-status')], [text, null]);
  }
  await fetch.idle();
  URL.revokeObjectURL(blob);
  await assert.rejects(fetch(blob), TypeError);
  assert.deepEqual(kept, []);
});
