// Many users of one cache: what is for one of them reaches nobody else, in whatever order they ask, or at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedCache, URL_ } from './clocked.mjs';

const YESTERDAY = { 'if-modified-since': 'Wed, 31 Dec 2025 00:00:00 GMT' };

test("a 304 to one user's conditions is not another's page", async () => {
  const { get } = sharedCache(
    () => ({ body: 'page of anna', 'cache-control': 'max-age=60', vary: 'cookie' }),
    () => ({ status: 304 }),
  );
  await get({ cookie: 'sid=anna' });
  const { status, text } = await get({ cookie: 'sid=ben', ...YESTERDAY });
  assert.deepEqual([status, text], [304, '']);
});

for (const [what, fields] of [
  ['names fields as private', { 'cache-control': 'max-age=10, private="set-cookie"' }],
  ['names fields as not to be kept', { 'cache-control': 'max-age=10, no-cache="set-cookie"' }],
])
  test(`what a 304 ${what} goes to who has asked, and not to those that waited`, async () => {
    let come;
    const coming = new Promise((resolve) => (come = resolve));
    const { asked, clock, fetch, get } = sharedCache(
      () => ({ body: 'for all', etag: '"1"', ...fields }),
      () => coming,
    );
    await get();
    clock.now += 60_000;
    const all = ['anna', 'ben'].map((name) => fetch(URL_, { headers: { 'x-name': name } }));
    while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve));
    come({ status: 304, etag: '"1"', 'set-cookie': 'sid=anna', ...fields });
    const [anna, ben] = await Promise.all(all);
    assert.equal(asked.length, 2);
    assert.match(ben.headers.get('cache-status'), /collapsed/);
    assert.deepEqual([anna.headers.get('set-cookie'), ben.headers.get('set-cookie')], ['sid=anna', null]);
    assert.equal((await get()).headers.get('set-cookie'), null);
  });

test('a 304 to who is authorized tells the others how long what is stored is good, and nothing else', async () => {
  const { clock, get } = sharedCache(
    () => ({ body: 'for all', etag: '"1"', 'cache-control': 'max-age=10' }),
    () => ({ status: 304, etag: '"1"', 'cache-control': 'max-age=120', 'set-cookie': 'sid=anna', 'x-user': 'anna' }),
  );
  await get();
  clock.now += 60_000;
  assert.equal((await get({ authorization: 'anna' })).headers.get('x-user'), 'anna');
  const { headers } = await get();
  assert.match(headers.get('cache-status'), /hit; ttl=120/);
  assert.deepEqual([headers.get('x-user'), headers.get('set-cookie')], [null, null]);
});

test("a 304 for one variant leaves another's fields alone", async () => {
  const variant = { etag: '"1"', vary: 'cookie', 'cache-control': 'max-age=10' };
  const { clock, get } = sharedCache(
    () => ({ body: 'same for both', ...variant }),
    () => ({ status: 304, ...variant, 'cache-control': 'max-age=120', 'set-cookie': 'sid=ben' }),
  );
  await get({ cookie: 'sid=anna' });
  clock.now += 60_000;
  assert.equal((await get({ cookie: 'sid=ben' })).text, 'same for both');
  assert.equal((await get({ cookie: 'sid=anna' })).headers.get('set-cookie'), null);
});

test('who asks for a range that is not there takes nothing from the others', async () => {
  const { get } = sharedCache(
    () => ({ status: 416, body: 'no', 'cache-control': 'max-age=60' }),
    () => ({ body: 'all of it', 'cache-control': 'max-age=60' }),
  );
  assert.equal((await get({ range: 'bytes=99-' })).status, 416);
  assert.equal((await get()).text, 'all of it');
});

test('what asks for many languages takes nobody time', async () => {
  const long = Array.from({ length: 8000 }, (_, n) => (n % 2 ? 'a' : 'b')).join();
  const answer = () => ({ body: 'x', 'cache-control': 'max-age=60', vary: 'accept-language' });
  const { asked, get } = sharedCache(...Array.from({ length: 9 }, () => answer));
  for (let n = 0; n < 7; n++) await get({ 'accept-language': `${long},x${n}` });
  await get({ 'accept-language': 'en' });
  const before = asked.length;
  for (let n = 0; n < 200; n++) await get({ 'accept-language': 'EN' });
  assert.equal(asked.length, before);
});

test('what says who somebody is does not follow a redirect to another origin', async () => {
  const { asked, get } = sharedCache(
    () => ({ status: 302, location: 'https://other.example/' }),
    () => ({ body: 'elsewhere' }),
  );
  const fields = { authorization: 'a', cookie: 'b', 'proxy-authorization': 'c', 'x-other': 'd' };
  assert.equal((await get(fields)).text, 'elsewhere');
  const told = asked.map(({ headers }) => Object.keys(fields).filter((name) => headers.has(name)));
  assert.deepEqual(told, [Object.keys(fields), ['x-other']]);
});

for (const [what, first, asks] of [
  ['was made for a cookie', { cookie: 'sid=anna' }, { 'last-modified': 'Mon, 01 Dec 2025 00:00:00 GMT' }],
  ['says nothing of being kept', {}, {}],
  ['can only be validated', {}, { etag: '"1"' }],
])
  test(`what ${what} is given to nobody else unasked`, async () => {
    const { asked, get } = sharedCache(
      () => ({ body: 'page of anna', ...asks }),
      () => ({ status: 401 }),
      () => ({ status: 401 }),
      () => Promise.reject(new TypeError('nobody answers')),
    );
    assert.equal((await get(first)).text, 'page of anna');
    for (const mine of [{}, { 'cache-control': 'max-stale' }]) assert.equal((await get(mine)).status, 401);
    const { status } = await get().catch(() => ({ status: 504 }));
    assert.equal(status, 504);
    assert.equal((await get({ 'cache-control': 'only-if-cached, max-stale' })).status, 504);
    assert.equal(asked.length, 4);
  });

test('what says for how long it is good is for all, whatever cookies they have', async () => {
  const { asked, get } = sharedCache(() => ({ body: 'for all', 'cache-control': 'max-age=60' }));
  await get({ cookie: 'sid=anna' });
  assert.equal((await get({ cookie: 'sid=ben' })).text, 'for all');
  assert.equal(asked.length, 1);
});
