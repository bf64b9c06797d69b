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
