// The Node host: a fetch with a cache, against a real server. Time is an argument; nothing waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachingFetch, memoryStore } from '../../pkg/node.js';
import { openOrigin, send } from './origin.mjs';

/** Runs a story with a server and a cache whose clock stands where the story puts it. */
function story(name, answer, tell, options = {}) {
  test(name, async () => {
    const origin = await openOrigin(answer);
    // A `Date` that a response does not have is written in whole seconds.
    const clock = { now: Math.floor(Date.now() / 1000) * 1000 };
    const warnings = [];
    const fetch = cachingFetch({
      now: () => clock.now,
      onWarning: (what, error) => warnings.push(`${what}: ${error}`),
      ...options,
    });
    const get = async (path, init) => {
      const response = await fetch(origin.url(path), init);
      const text = await response.text();
      await fetch.idle();
      return { response, text, status: response.headers.get('cache-status')?.replace('keepfresh; ', '') };
    };
    try {
      await tell({ clock, fetch, get, origin, warnings });
    } finally {
      await origin.close();
    }
  });
}

const lasting = { 'cache-control': 'max-age=60', etag: '"1"' };

story(
  'a fresh response is not asked for again, a stale one is validated',
  (request, response) => {
    if (request.headers['if-none-match'] === '"1"') send(response, 304, lasting);
    else send(response, 200, { ...lasting, 'content-type': 'text/plain' }, 'one');
  },
  async ({ clock, get, origin }) => {
    assert.equal((await get('/')).status, 'fwd=uri-miss; fwd-status=200; stored');
    clock.now += 30_000;
    const hit = await get('/');
    assert.deepEqual([hit.text, hit.status, hit.response.headers.get('age')], ['one', 'hit; ttl=30', '30']);
    clock.now += 40_000;
    const validated = await get('/');
    assert.deepEqual([validated.text, validated.status], ['one', 'fwd=stale; fwd-status=304']);
    assert.equal(validated.response.headers.get('content-type'), 'text/plain');
    assert.equal((await get('/')).status, 'hit; ttl=60');
    assert.equal(origin.asked.length, 2);
  },
);

story(
  'ten that ask the same at once are one request',
  (_, response) => setTimeout(() => send(response, 200, lasting, 'x'.repeat(100_000)), 30),
  async ({ fetch, origin }) => {
    const responses = await Promise.all(Array.from({ length: 10 }, () => fetch(origin.url())));
    const lengths = await Promise.all(responses.map(async (response) => (await response.text()).length));
    assert.deepEqual(new Set(lengths), new Set([100_000]));
    assert.equal(origin.asked.length, 1);
    const collapsed = responses.filter((response) => response.headers.get('cache-status').includes('collapsed'));
    assert.equal(collapsed.length, 9);
  },
);

story(
  'what is not for others is not shared, even at once',
  (_, response, number) => setTimeout(() => send(response, 200, { 'cache-control': 'no-store' }, `${number}`), 30),
  async ({ fetch, origin }) => {
    const answers = await Promise.all([1, 2, 3].map(async () => (await fetch(origin.url())).text()));
    assert.deepEqual(answers.sort(), ['1', '2', '3']);
  },
);

story(
  'one user is never given what is for another',
  (request, response) =>
    send(response, 200, { 'cache-control': 'max-age=60' }, request.headers.authorization ?? 'nobody'),
  async ({ get }) => {
    for (const user of ['anna', 'ben', undefined, 'anna']) {
      const headers = user ? { authorization: user } : {};
      const { text } = await get('/', { headers });
      // What was kept for nobody in particular may be given to all.
      assert.ok(text === (user ?? 'nobody') || text === 'nobody', `${user} got ${text}`);
    }
  },
  { shared: true },
);

story(
  'several variants are kept side by side',
  (request, response) =>
    send(response, 200, { ...lasting, vary: 'accept-language' }, request.headers['accept-language'] ?? ''),
  async ({ get, origin }) => {
    for (const language of ['de', 'en', 'de', 'en']) {
      assert.equal((await get('/', { headers: { 'accept-language': language } })).text, language);
    }
    assert.equal(origin.asked.length, 2);
  },
);

story(
  'redirects are stored and followed through the cache',
  (request, response) => {
    if (request.url === '/old') send(response, 301, { location: '/new', 'cache-control': 'max-age=60' });
    else if (request.url === '/raw') send(response, 301, { location: Buffer.from('/über#x').toString('latin1') });
    else if (request.url === '/round') send(response, 302, { location: '/round' });
    else send(response, 200, lasting, `${request.method} ${request.url} ${request.body}`);
  },
  async ({ fetch, get, origin }) => {
    for (const _ of [1, 2]) {
      const { response, text } = await get('/old');
      assert.deepEqual([text, response.url, response.redirected], ['GET /new ', origin.url('/new'), true]);
    }
    assert.equal(origin.asked.length, 2);
    const { response, text } = await get('/raw#a');
    assert.deepEqual([text, response.url], ['GET /%C3%BCber ', origin.url('/%C3%BCber')]);
    const manual = await get('/old', { redirect: 'manual' });
    assert.deepEqual([manual.response.status, manual.response.headers.get('location')], [301, '/new']);
    await assert.rejects(fetch(origin.url('/old'), { redirect: 'error' }), TypeError);
    await assert.rejects(fetch(origin.url('/round')), /more than 20/);
    // A POST that is redirected with a 301 becomes a GET, as everywhere.
    assert.equal((await get('/old', { method: 'POST', body: 'x' })).text, 'GET /new ');
  },
);

story(
  'a body is sent again where a redirect asks for that, unless it is a stream, of which nothing is kept',
  (request, response) => {
    if (request.url === '/other') send(response, 303, { location: '/new' });
    else if (request.url !== '/new') send(response, 307, { location: '/new' });
    else send(response, 200, {}, `${request.method} ${request.body}`);
  },
  async ({ get }) => {
    const post = (path, body) => get(path, { method: 'POST', body, duplex: 'half' });
    const streamed = () => new Blob(['streamed']).stream();
    assert.equal((await post('/old', 'text')).text, 'POST text');
    assert.equal((await post('/new', streamed())).text, 'POST streamed');
    assert.equal((await post('/other', streamed())).text, 'GET ');
    await assert.rejects(post('/old', streamed()), /a stream cannot be sent again/);
  },
);

story(
  'a change invalidates what it names',
  (request, response, number) => {
    if (request.method === 'POST') send(response, 201, { location: '/b' });
    else send(response, 200, lasting, `${number}`);
  },
  async ({ get }) => {
    const before = [(await get('/a')).text, (await get('/b')).text, (await get('/c')).text];
    await get('/a', { method: 'POST', body: 'x' });
    const after = [(await get('/a')).text, (await get('/b')).text, (await get('/c')).text];
    assert.deepEqual(
      [before, after],
      [
        ['1', '2', '3'],
        ['5', '6', '3'],
      ],
    );
  },
);

story(
  'parts are cut out of what is stored, and whole again out of parts',
  (request, response) => {
    const body = '0123456789';
    const [, first] = /bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
    if (request.url === '/whole' || first === undefined) return send(response, 200, lasting, body);
    const last = Number(/-(\d+)$/.exec(request.headers.range)?.[1] ?? 9);
    const fields = { ...lasting, 'content-range': `bytes ${first}-${last}/10` };
    return send(response, 206, fields, body.slice(Number(first), last + 1));
  },
  async ({ get, origin }) => {
    await get('/whole');
    const part = await get('/whole', { headers: { range: 'bytes=-3' } });
    assert.deepEqual([part.response.status, part.text], [206, '789']);
    assert.equal(part.response.headers.get('content-range'), 'bytes 7-9/10');
    assert.equal((await get('/whole', { headers: { range: 'bytes=10-' } })).response.status, 416);
    const several = await get('/whole', { headers: { range: 'bytes=0-1, -3' } });
    const [, boundary] = /^multipart\/byteranges; boundary=(.+)$/.exec(several.response.headers.get('content-type'));
    assert.equal(several.response.status, 206);
    assert.equal(several.response.headers.get('content-range'), null);
    assert.deepEqual(several.text.split(`--${boundary}`), [
      '\r\n',
      '\r\ncontent-range: bytes 0-1/10\r\n\r\n01\r\n',
      '\r\ncontent-range: bytes 7-9/10\r\n\r\n789\r\n',
      '--\r\n',
    ]);
    assert.equal(Number(several.response.headers.get('content-length')), several.text.length);
    assert.equal(origin.asked.length, 1);

    await get('/parts', { headers: { range: 'bytes=0-3' } });
    assert.equal((await get('/parts', { headers: { range: 'bytes=1-2' } })).text, '12');
    const whole = await get('/parts');
    assert.deepEqual([whole.response.status, whole.text], [200, '0123456789']);
    assert.equal(origin.asked.at(-1).headers.range, 'bytes=4-');
    assert.equal((await get('/parts')).status, 'hit; ttl=60');
  },
);

story(
  'a server that is gone is answered for, unless that is forbidden',
  (request, response, number) => {
    if (number > 2) request.socket.destroy();
    else
      send(
        response,
        200,
        { 'cache-control': request.url === '/strict' ? 'max-age=1, must-revalidate' : 'max-age=1' },
        'x',
      );
  },
  async ({ clock, fetch, get, origin }) => {
    await get('/');
    await get('/strict');
    clock.now += 60_000;
    assert.deepEqual([(await get('/')).text, (await get('/')).status], ['x', 'fwd=stale; detail=offline']);
    assert.equal((await get('/strict')).response.status, 504);
    await assert.rejects(fetch(origin.url('/unknown')), TypeError);
  },
);

story(
  'a body that is cut off is never kept',
  (_, response) => {
    response.writeHead(200, { ...lasting, 'content-length': '100' });
    response.write('only this');
    setTimeout(() => response.destroy(), 20);
  },
  async ({ fetch, origin, warnings }) => {
    for (const _ of [1, 2]) {
      const response = await fetch(origin.url());
      await assert.rejects(response.text());
      await fetch.idle();
    }
    assert.equal(origin.asked.length, 2);
    assert.equal(warnings.length, 2);
  },
);

story(
  'who gives up is told at once, and alone',
  (_, response) => setTimeout(() => send(response, 200, lasting, 'late'), 50),
  async ({ fetch, origin }) => {
    const controller = new AbortController();
    const first = fetch(origin.url(), { signal: controller.signal });
    const second = fetch(origin.url());
    setTimeout(() => controller.abort(new Error('enough')), 10);
    await assert.rejects(first, /enough/);
    assert.equal(await (await second).text(), 'late');
    await assert.rejects(fetch(origin.url(), { signal: AbortSignal.abort(new Error('before')) }), /before/);
  },
);

story(
  'a store that fails is no fault of the answer',
  (_, response, number) => send(response, 200, lasting, `${number}`),
  async ({ get, warnings }) => {
    assert.deepEqual([(await get('/')).text, (await get('/')).text], ['1', '2']);
    assert.ok(warnings.length >= 2);
  },
  { store: new Proxy({}, { get: () => async () => Promise.reject(new Error('the disk is gone')) }) },
);

for (const nonsense of [42, {}, undefined, Symbol('nonsense')]) {
  story(
    `a store that gives back ${String(nonsense)} is no fault of the answer either`,
    (_, response, number) => send(response, 200, lasting, `${number}`),
    async ({ get }) => assert.deepEqual([(await get('/')).text, (await get('/')).text], ['1', '2']),
    { store: new Proxy({}, { get: () => async () => nonsense }) },
  );
}

for (const [name, fields, kept] of [
  ['a body that is shorter than it says is not kept', { 'content-length': '9' }, false],
  ['a body that is as long as it says is kept', { 'content-length': '4' }, true],
  ['the length of what was coded says nothing', { 'content-length': '9', 'content-encoding': 'gzip' }, true],
]) {
  let asked = 0;
  const answer = async () => new Response(`body`, { headers: { ...lasting, ...fields, asked: `${++asked}` } });
  story(
    name,
    () => {},
    async ({ get }) => {
      await get('/');
      await get('/');
      assert.equal(asked, kept ? 1 : 2);
    },
    { fetch: answer },
  );
}

story(
  'a fetch whose response cannot be read leaves nobody waiting',
  () => {},
  async ({ fetch, origin }) => {
    // Both get what that fetch gives without a cache.
    const both = await Promise.all([fetch(origin.url()), fetch(origin.url())]);
    assert.deepEqual(
      both.map(({ bodyUsed }) => bodyUsed),
      [true, true],
    );
  },
  {
    fetch: async () => {
      const used = new Response('used', { headers: lasting });
      await used.text();
      return used;
    },
  },
);

story(
  'a store in memory has an end',
  (request, response) => send(response, 200, lasting, 'x'.repeat(1000)),
  async ({ get, origin }) => {
    for (let number = 0; number < 50; number++) await get(`/${number}`);
    await get('/49');
    assert.equal(origin.asked.length, 50);
    await get('/0');
    assert.equal(origin.asked.length, 51);
  },
  { store: memoryStore({ maxBytes: 20_000 }) },
);

story(
  'cache modes and conditions of the caller are followed',
  (request, response, number) => send(response, 200, lasting, `${number}`),
  async ({ get, origin }) => {
    await get('/');
    assert.equal(
      (await get('/', { cache: 'only-if-cached', mode: 'same-origin' }).catch(() => ({ text: '1' }))).text,
      '1',
    );
    assert.equal((await get('/', { cache: 'reload' })).text, '2');
    assert.equal((await get('/')).text, '2');
    assert.equal((await get('/', { cache: 'no-store' })).text, '3');
    assert.equal((await get('/', { headers: { 'if-none-match': '"1"' } })).response.status, 304);
    assert.equal((await get('/', { method: 'HEAD' })).text, '');
    assert.equal(origin.asked.length, 3);
  },
);

story(
  'what is decided holds when its record is not known any more',
  (request, response) => send(response, 200, { ...lasting, 'x-long': 'x'.repeat(4000) }, request.url),
  async ({ get, origin, warnings }) => {
    await get('/hot');
    assert.match((await get('/hot')).status, /^hit/);
    // More records than are known at a time.
    for (let n = 0; n < 1100; n++) {
      await get(`/${n}`);
      await get(`/${n}`);
    }
    const asked = origin.asked.length;
    const { response, status, text } = await get('/hot');
    assert.deepEqual([text, status, response.headers.get('etag')], ['/hot', 'hit; ttl=60', '"1"']);
    assert.deepEqual([origin.asked.length - asked, warnings], [0, []]);
  },
);

story(
  'what is invalidated by a URL is what was stored for it, whatever its query was taken for',
  (request, response) => send(response, 200, { ...lasting, 'no-vary-search': 'params=("utm")' }, request.url),
  async ({ fetch, get, origin }) => {
    await get('/a?utm=1');
    assert.match((await get('/a?utm=2')).status, /^hit/);
    await fetch.invalidate({ keys: [origin.url('/a?utm=2')] });
    assert.deepEqual([(await get('/a?utm=2')).text, (await get('/a?utm=1')).text], ['/a?utm=2', '/a?utm=2']);
    await assert.rejects(fetch.invalidate({ keys: ['no URL'] }), TypeError);
  },
);

story(
  'who has changed something has what is new, when told so',
  (request, response) => {
    const fields = { ...lasting, 'cache-groups': '"list"' };
    if (request.method === 'GET') return void send(response, 200, fields, String(Math.random()));
    send(response, 201, { location: '/b', 'cache-group-invalidation': '"list"' }, 'made');
  },
  async ({ fetch, get, origin }) => {
    for (let time = 0; time < 5; time++) {
      const before = [(await get('/b')).text, (await get('/list')).text];
      await fetch(origin.url('/a'), { method: 'POST' });
      const [b, list] = [await (await fetch(origin.url('/b'))).text(), await (await fetch(origin.url('/list'))).text()];
      assert.ok(b !== before[0] && list !== before[1], `${before} ${b} ${list}`);
    }
  },
);
