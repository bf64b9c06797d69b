// The judge and the origin together, on small tests of our own: what passes and what does not, with no cache and with
// ones that are wrong in a known way.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, it } from 'node:test';
import { interimWatcher } from './interim.mjs';
import { runTest } from './judge.mjs';
import { openOrigin } from './origin.mjs';

let origin;
before(async () => (origin = await openOrigin({ files: { '/page.html': { type: 'text/html', body: 'a page' } } })));
after(() => origin.close());

const run = (requests, { cache = fetch, isPrivate = true } = {}) =>
  runTest(
    { id: 'a', name: 'A', requests },
    {
      base: origin.url,
      configure: (...args) => origin.configure(...args),
      fetch: cache,
      interim: interimWatcher(),
      isPrivate,
      pause: async () => {},
      state: (id) => origin.state(id),
      uuid: randomUUID(),
    },
  );

/** Gives the first response again, whatever is asked. */
function keepsAll() {
  let first;
  return async (...args) => (first ??= await fetch(...args)).clone();
}

/** Sends a condition with every request but the first. */
function validates() {
  let etag;
  return async (url, init) => {
    const headers = [...init.headers, ...(etag ? [['If-None-Match', etag]] : [])];
    const response = await fetch(url, { ...init, headers });
    etag ??= response.headers.get('etag');
    return response;
  };
}

const two = (first, second) => [{ ...first, setup: true, pause_after: true }, second];
const ETAG = { response_headers: [['ETag', '"a"']] };

it('gives the verdict, and the reason', async () => {
  const hint = [103, [['link', '</a.css>; rel=preload'], ['x-a', 'b']]]; // prettier-ignore
  const cases = [
    // requests                                                        cache     reason
    [two({}, { expected_type: 'not_cached' }), fetch, ''],
    [two({}, { expected_type: 'not_cached' }), keepsAll(), 'response 2 comes from the cache'],
    [two({}, { expected_type: 'cached' }), keepsAll(), ''],
    [two({}, { expected_type: 'cached' }), fetch, 'response 2 does not come from the cache'],
    [two(ETAG, { expected_type: 'etag_validated', expected_status: 304 }), validates(), ''],
    [
      two(ETAG, { expected_type: 'etag_validated' }),
      fetch,
      'request 2 should have been a validation request, and was not',
    ],
    [[{ response_status: [404, 'Not Found'] }], fetch, ''],
    [[{ expected_status: 504 }], fetch, 'response 1 has the status 200, not 504'],
    [[{ disconnect: true }], fetch, /^TypeError: fetch failed/],
    [[{ response_headers: [['Expires', 60]], expected_response_headers: [['Expires', 60]] }], fetch, ''],
    [[{ expected_response_headers: ['Age'] }], fetch, 'response 1 has no Age'],
    [[{ response_headers: [['Age', '2']], expected_response_headers: [['Age', '>', 2]] }], fetch, /not more than 2$/],
    [[{ response_headers: [['A', '1'], ['A', '2']] }], fetch, ''], // prettier-ignore
    [
      [{ response_headers: [['A', '1']], expected_response_headers_missing: ['A'] }],
      fetch,
      /has A: 1, and should not$/,
    ],
    [[{ response_body: 'b' }], fetch, ''],
    [[{ response_body: 'b', expected_response_text: 'c' }], fetch, 'the body is "b", not "c"'],
    [[{ request_headers: [['A', 'b']], expected_request_headers: [['A', 'b']] }], fetch, ''],
    [[{ expected_request_headers: ['A'] }], fetch, /^request 1 was forwarded with A: undefined/],
    [[{ expected_request_headers_missing: ['Test-ID'] }], fetch, 'request 1 was forwarded with Test-ID: a'],
    [[{ request_method: 'PUT', request_body: 'b', expected_method: 'PUT' }], fetch, ''],
    [[{ interim_responses: [hint], expected_interim_responses: [hint] }], fetch, ''],
    [[{ expected_interim_responses: [hint] }], fetch, 'interim response 1 is not there, not 103'],
  ];
  for (const [requests, cache, expected] of cases) {
    const { passed, reason } = await run(requests, { cache });
    const what = `${JSON.stringify(requests)}: ${reason}`;
    assert.equal(passed, expected === '', what);
    if (expected instanceof RegExp) assert.match(reason, expected, what);
    else assert.equal(reason, expected, what);
  }
});

it('tells what a test is about from what leads there', async () => {
  const cases = [
    [{ setup: true, expected_status: 404 }, true],
    [{ setup_tests: ['expected_status'], expected_status: 404 }, true],
    [{ setup_tests: ['expected_type'], expected_status: 404 }, false],
    [{ expected_status: 404 }, false],
  ];
  for (const [request, expected] of cases) {
    assert.equal((await run([request])).isSetup, expected, JSON.stringify(request));
  }
});

it('judges fields that scripts cannot see in shared caches only', async () => {
  const withoutCookies = async (...args) => {
    const response = await fetch(...args);
    const headers = [...response.headers].filter(([name]) => name !== 'set-cookie');
    return new Response(response.body, { headers });
  };
  const requests = [{ response_headers: [['Set-Cookie', 'a=b']] }];
  assert.equal((await run(requests, { cache: withoutCookies, isPrivate: true })).passed, true);
  assert.equal((await run(requests, { cache: withoutCookies, isPrivate: false })).passed, false);
});

it('is driven over HTTP as by method calls', async () => {
  const ask = (path, init) => fetch(`${origin.url}${path}`, init);
  const put = { method: 'PUT', body: JSON.stringify([{ response_body: 'b' }]) };
  const statuses = [
    await ask('/test/1'),
    await ask('/config/1', put),
    await ask('/config/1', put),
    await ask('/config/1'),
  ];
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [409, 201, 409, 405],
  );
  assert.equal(await (await ask('/test/1')).text(), 'b');
  assert.deepEqual(await (await ask('/state/1')).json(), origin.state('1'));
  assert.equal(origin.state('1').length, 1);
  assert.equal(await (await ask('/page.html')).text(), 'a page');
  assert.equal((await ask('/nowhere')).status, 404);
});
