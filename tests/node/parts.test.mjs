// Servers whose parts are not what they say: nobody is given bytes from another place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { privateCache } from './clocked.mjs';

const part = (body, range, fields) => ({
  status: 206,
  body,
  'content-range': `bytes ${range}`,
  'cache-control': 'max-age=60',
  etag: '"1"',
  ...fields,
});
const whole = { body: 'helloworld', 'cache-control': 'max-age=60', etag: '"1"' };

for (const [what, rest, requests] of [
  ['fits', part('world', '5-9/10'), 2],
  ['is too short', part('wor', '5-9/10'), 3],
  ['is too long', part('helloworld', '5-9/10'), 3],
  ['says another length', part('world', '5-9/10', { 'content-length': '10' }), 3],
])
  test(`a rest that ${what}`, async () => {
    const { asked, get } = privateCache(
      () => part('hello', '0-4/10'),
      () => rest,
      () => whole,
    );
    await get({ range: 'bytes=0-4' });
    for (const when of ['at first', 'again']) {
      const { headers, status, text } = await get();
      assert.deepEqual([status, text, headers.get('content-range')], [200, 'helloworld', null], when);
      assert.equal(asked.length, requests, when);
    }
  });

test('a part that says another length is given to who has asked, and not stored', async () => {
  const { asked, get } = privateCache(
    () => part('helloworld', '5-9/10', { 'content-length': '10' }),
    () => part('world', '5-9/10'),
  );
  await get({ range: 'bytes=5-9' });
  const { headers, text } = await get({ range: 'bytes=5-9' });
  assert.deepEqual([text, asked.length], ['world', 2]);
  assert.match(headers.get('cache-status'), /fwd=uri-miss.*stored/);
});
