// What callers pass that means nothing: an error where it is passed, which names it.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import * as node from '../../pkg/node.js';
import { serveFromCache } from '../../pkg/service-worker.js';

const folder = mkdtempSync(join(tmpdir(), 'keepfresh-options-'));
after(() => rmSync(folder, { recursive: true }));

const client = { withTypeMapping() {}, eval() {}, evalSha() {}, duplicate() {} };
/** What each is called with, and what it needs. */
const CALLS = {
  cachingFetch: [(options) => node.cachingFetch(options)],
  fileStore: [(options) => node.fileStore(options).close(), { folder }],
  fromOrigins: [(options) => node.fromOrigins(options), { origins: ['https://a.example'] }],
  memoize: [(options) => node.memoize(() => 1, options), { name: 'one', seconds: 1 }],
  memoryStore: [(options) => node.memoryStore(options)],
  redisStore: [(options) => node.redisStore(options), { client }],
  serveFromCache: [(options) => serveFromCache(options)],
  serverCache: [(options) => node.serverCache(options)],
};
const isNamed = (message) => (error) => {
  assert.ok(node.isCacheError(error), String(error));
  assert.deepEqual([error.code, error.message], ['options', message]);
  return true;
};

const FUNCTION = ['a function', 5, 'x', null, {}];
const AMOUNT = ['a number from 0 on', NaN, -1, '5', null];
const SECONDS = ['a whole number from 0 on', -1, 1.5, '5', NaN, Infinity];
const STORE = ['a store', 1, null, {}, { read() {}, write() {} }, { isShared: true, read() {}, write() {} }];
const COMMON = {
  shared: ['true or false', 'yes', 1, null],
  store: STORE,
  targets: ['a list of names of fields', 'CDN-Cache-Control', ['a b'], [''], ['a:'], [1]],
  now: FUNCTION,
  onWarning: FUNCTION,
};
/** What each option is, and values that it cannot be. */
const WRONG = {
  cachingFetch: { ...COMMON, fetch: FUNCTION },
  fileStore: { folder: ['a text, and not empty', undefined, '', 5], maxBytes: AMOUNT, maxBodyBytes: AMOUNT },
  fromOrigins: {
    origins: ['a list', undefined, 'https://a.example', {}],
    manifests: ['a list', {}],
    base: ['a text', 5],
    timeoutMs: ['a number above 0', 0, -1, '5'],
    restMs: AMOUNT,
    fetch: FUNCTION,
    now: FUNCTION,
    onWarning: FUNCTION,
  },
  memoize: {
    name: ['a text', 5],
    seconds: [...SECONDS, undefined],
    staleSeconds: SECONDS,
    staleIfErrorSeconds: SECONDS,
    key: FUNCTION,
    groups: FUNCTION,
    store: STORE,
    now: FUNCTION,
    onWarning: FUNCTION,
  },
  memoryStore: { maxBytes: AMOUNT, maxBodyBytes: AMOUNT },
  redisStore: {
    client: ['a client of the package redis', undefined, 5, {}, null, { eval() {}, evalSha() {} }],
    prefix: ['a text', 5],
    shards: ['a whole number from 1 on', 0, 1.5, '16'],
    memoryBytes: AMOUNT,
    maxBodyBytes: AMOUNT,
    timeoutMs: AMOUNT,
    leadMs: AMOUNT,
    onWarning: FUNCTION,
  },
  serveFromCache: {
    routes: ['a list', 'data/*', {}],
    precache: ['a text', 5, null],
    budget: ['an object', 5, [], null],
    memoryBytes: AMOUNT,
    navigationPreload: ['true or false', 1, 'yes'],
    stats: ['true or false', 1],
    version: ['a text', 5],
    staticRoutes: ['true or false', 'no'],
  },
  serverCache: {
    ...COMMON,
    origin: [
      'an origin, as https://a.example is',
      'a.example',
      'https://a.example/b',
      'https://a.example/',
      'ftp://a',
      '',
      5,
    ],
  },
};

const plain = { read() {}, write() {}, body() {}, keep() {}, keys() {} };
const several = { isShared: true, read() {}, write() {}, invalidate() {} };
const bare = () => Object.create(null);
const { duplicate: _, ...pool } = client;
const RIGHT_COMMON = {
  shared: [true, false],
  store: [plain, several, node.memoryStore()],
  targets: [[], ['CDN-Cache-Control'], ['my-cache-control', "A-Z0!#$%&'*+-.^_`|~9"]],
  now: [Date.now, () => 1, class {}],
  onWarning: [() => {}, async () => {}],
};
/** Values that each option can be, of every kind. */
const RIGHT = {
  cachingFetch: { ...RIGHT_COMMON, fetch: [fetch, () => {}] },
  fileStore: { folder: [folder], maxBytes: [0, 0.5, 1e12, Infinity], maxBodyBytes: [0, Infinity] },
  fromOrigins: {
    origins: [['https://a.example', 'http://b.example:81']],
    manifests: [[], [{ version: 'a', files: [] }]],
    base: ['', '/app/'],
    timeoutMs: [0.5, 5, Infinity],
    restMs: [0, 5, Infinity],
    fetch: [fetch],
    now: [Date.now],
    onWarning: [() => {}],
  },
  memoize: {
    name: ['x'],
    seconds: [0, 60, 1e9],
    staleSeconds: [0, 60],
    staleIfErrorSeconds: [0, 60],
    key: [() => 'x'],
    groups: [() => []],
    store: RIGHT_COMMON.store,
    now: [Date.now],
    onWarning: [() => {}],
  },
  memoryStore: { maxBytes: [0, 0.5, Infinity], maxBodyBytes: [0, Infinity] },
  serverCache: {
    ...RIGHT_COMMON,
    origin: ['https://a.example', 'http://a.example:8080', 'HTTPS://A.example', 'http://[::1]:80', 'http://localhost'],
  },
};

const shown = (value) => {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

for (const [who, [call, needed = {}]] of Object.entries(CALLS))
  describe(who, () => {
    for (const [name, [words, ...values]] of Object.entries(WRONG[who]))
      test(`${name} is ${words}`, () => {
        for (const value of values) {
          const message = `${who}: ${name} cannot be ${shown(value)}: it is ${words}`;
          assert.throws(() => call({ ...needed, [name]: value }), isNamed(message));
        }
      });

    for (const [name, values] of Object.entries(RIGHT[who] ?? {}))
      test(`${name} may be`, () => {
        for (const value of values) call({ ...needed, [name]: value });
      });

    test('there are no others that look like them, and what is not set is as if it were not there', () => {
      const known = Object.keys(WRONG[who]);
      for (const name of known) {
        const swapped = name.replace(/^(..)(.)(.)/, '$1$3$2');
        for (const wrong of [swapped, name.toUpperCase(), `${name}_`, name.slice(0, -1), `${name}Ms`, `x${name}`]) {
          // Each is wrong but for what happens to be another.
          if (known.includes(wrong)) continue;
          try {
            call({ ...needed, [wrong]: true });
            assert.fail(`${wrong} is taken`);
          } catch (error) {
            const [, told, names] =
              /^\w+: there is no option (\w+), only (.*)$/.exec(error.message) ?? assert.fail(error);
            assert.equal(told, wrong);
            assert.deepEqual(names.split(', ').sort(), known.sort());
          }
        }
      }
      const unset = Object.fromEntries(known.map((name) => [name, undefined]));
      // The others begin to listen, or to speak to Redis.
      if (['redisStore', 'serveFromCache'].includes(who)) return;
      call({ ...unset, ...needed });
      call({ sharde: undefined, maxBytse: undefined, ...needed });
      // One object for several functions, or one that has more to say.
      call(Object.assign(new (class {})(), { retries: 3, tags: [], env: 'x', log() {} }, needed));
    });

    test('are an object', () => {
      for (const value of [null, 5, 'x', []])
        assert.throws(() => call(value), isNamed(`${who}: options are an object, not ${shown(value)}`));
    });
  });

test('a pool of clients is a client: it has no connection for announcements, and that is told of', async () => {
  const told = [];
  const client = { ...pool, withTypeMapping: () => pool };
  const store = node.redisStore({ client, onWarning: (message, error) => told.push(`${message}: ${error.name}`) });
  await store.ready();
  await store.close();
  assert.deepEqual(told.length, 1, String(told));
});

test('one object may be for all', () => {
  const common = { shared: true, targets: ['CDN-Cache-Control'], now: Date.now, maxBytes: 5, shards: 16, timeoutMs: 5 };
  for (const [who, [call, needed]] of Object.entries(CALLS))
    if (!['redisStore', 'serveFromCache'].includes(who)) call({ ...common, ...needed });
});

test('what is shown of a value is short, and no secret', async () => {
  const cyclic = [];
  cyclic.push(cyclic);
  const long = 'x'.repeat(500_000);
  const keys = Array.from({ length: 20_000 }, (_, at) => `https://a.example/${at}`);
  for (const [who, options, message] of [
    [
      'redisStore',
      { client: 'redis://user:hunter2@h' },
      'client cannot be "redis://…@h": it is a client of the package redis',
    ],
    ['redisStore', { client: 'user:hunter2@h:1' }, 'client cannot be "…@h:1": it is a client of the package redis'],
    [
      'redisStore',
      { client: `redis://u:${long}@h` },
      'client cannot be "redis://…@h": it is a client of the package redis',
    ],
    [
      'serverCache',
      { origin: 'https://u:p@a' },
      'origin cannot be "https://…@a": it is an origin, as https://a.example is',
    ],
    [
      'serverCache',
      { origin: 'https://u:p/@@a/b' },
      'origin cannot be "https://…@a/b": it is an origin, as https://a.example is',
    ],
    ['serverCache', { origin: bare() }, 'origin cannot be an object: it is an origin, as https://a.example is'],
    ['serverCache', { shared: long }, `shared cannot be "${'x'.repeat(80)}…": it is true or false`],
    ['serverCache', { shared: Symbol('s') }, 'shared cannot be Symbol(s): it is true or false'],
    ['serverCache', { shared: () => 'secret' }, 'shared cannot be a function: it is true or false'],
    ['serverCache', { shared: cyclic }, 'shared cannot be a list: it is true or false'],
    ['serverCache', { targets: cyclic }, 'targets cannot be [a list]: it is a list of names of fields'],
    [
      'serverCache',
      { targets: ['a', bare(), 'b'] },
      'targets cannot be […, an object, …]: it is a list of names of fields',
    ],
    ['invalidate', { keys: [...keys, '/a'] }, 'keys cannot be […, "/a"]: it is a list of URLs'],
    ['invalidate', { keys: [bare(), ...keys] }, 'keys cannot be [an object, …]: it is a list of URLs'],
    ['invalidate', { origin: bare() }, 'origin cannot be an object: it is a URL'],
  ]) {
    const isTold = isNamed(`${who}: ${message}`);
    if (who === 'invalidate') await assert.rejects(node.cachingFetch().invalidate(options), isTold);
    else assert.throws(() => CALLS[who][0](options), isTold);
  }
});

test('so is a budget', () => {
  for (const [budget, message] of [
    [{ maxBytes: -1 }, 'maxBytes cannot be -1: it is a number from 0 on'],
    [{ 'max-bytes': 1 }, 'there is no option max-bytes, only maxBytes, maxEntries'],
  ])
    assert.throws(() => serveFromCache({ budget }), isNamed(`serveFromCache: budget: ${message}`));
});

test('a function is needed, and a name for it', () => {
  assert.throws(() => node.memoize(undefined, { seconds: 1 }), /memoize: what is kept are results of a function/);
  for (const name of [undefined, ''])
    assert.throws(() => node.memoize(() => 1, { name, seconds: 1 }), /a function without a name needs one/);
});

test('what is to be invalidated has to be named, or it would go on being served', async () => {
  const caches = [node.cachingFetch(), node.serverCache()];
  for (const cache of caches)
    for (const [what, message] of [
      [undefined, 'options are an object, not undefined'],
      ['https://a.example/', 'options are an object, not "https://a.example/"'],
      [{}, 'name `keys`, which are URLs, or an `origin`'],
      [{ key: ['https://a.example/'] }, 'there is no option key, only keys, origin, groups'],
      [{ keys: 'https://a.example/' }, 'keys cannot be "https://a.example/": it is a list of URLs'],
      [{ keys: ['/a'] }, 'keys cannot be ["/a"]: it is a list of URLs'],
      [{ origin: 'a.example' }, 'origin cannot be "a.example": it is a URL'],
      [{ origin: 'https://a.example', groups: 'a' }, 'groups cannot be "a": it is a list of texts'],
      [{ groups: ['a'] }, 'groups are those of an `origin`: name it'],
      [
        { origin: 'https://a.example', tags: ['a'] },
        'there is no option tags, and without it all of the origin would go',
      ],
    ])
      await assert.rejects(cache.invalidate(what), isNamed(`invalidate: ${message}`));
});
