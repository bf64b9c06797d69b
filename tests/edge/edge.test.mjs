// The cache in a real workerd, in front of a real origin server.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Miniflare } from 'miniflare';

const file = (path) => readFileSync(new URL(path, import.meta.url));

describe('workerd', () => {
  let edge;
  let origin;
  let base;
  /** What the origin server answers, and what it was asked. */
  let answer;
  let asked = [];
  before(async () => {
    origin = createServer(async (request, response) => {
      asked.push(request);
      let body = '';
      for await (const chunk of request) body += chunk;
      const { status = 200, fields = {}, text = '', stalls = false } = await answer(request, asked.length, body);
      response.writeHead(status, fields);
      if (stalls) response.write('at first');
      else response.end(text);
    });
    await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve));
    edge = new Miniflare({
      compatibilityDate: '2026-04-01',
      modules: [
        { type: 'ESModule', path: 'worker.mjs', contents: file('worker.mjs').toString() },
        { type: 'ESModule', path: 'edge.js', contents: file('../../pkg/edge.js').toString() },
        { type: 'CompiledWasm', path: 'keepfresh.wasm', contents: file('../../pkg/keepfresh.wasm') },
      ],
      bindings: { ORIGIN: `http://127.0.0.1:${origin.address().port}` },
    });
    base = String(await edge.ready).replace(/\/$/, '');
  });
  after(async () => {
    await edge?.dispose();
    origin.closeAllConnections();
    origin.close();
  });
  beforeEach(async () => {
    await fetch(`${base}/invalidate`);
    asked = [];
  });

  const get = async (path, init) => {
    const response = await fetch(base + path, init);
    return { response, text: await response.text(), status: response.headers.get('cache-status') ?? '' };
  };
  /** Asks until something holds: what is stored behind an answer takes a moment. */
  const until = async (what, holds) => {
    for (const end = Date.now() + 10_000; Date.now() < end;) if (await holds()) return;
    assert.fail(`waited 10 s for ${what}`);
  };

  it('what is fresh is not asked for again', async () => {
    answer = async (_, count) => ({
      fields: { 'cache-control': 'max-age=60', 'content-type': 'text/x' },
      text: `answer ${count}`,
    });
    assert.match((await get('/fresh')).status, /keepfresh; fwd=uri-miss/);
    await until('it to be stored', async () => /hit/.test((await get('/fresh')).status));
    const before = asked.length;
    const { response, text } = await get('/fresh');
    assert.match(text, /^answer \d$/);
    assert.equal(response.headers.get('content-type'), 'text/x');
    assert.equal(asked.length, before);
  });

  it('what is stale is served, and validated behind the answer', async () => {
    answer = async ({ headers }, count) => {
      const fields = { 'cache-control': 'max-age=0, stale-while-revalidate=60', etag: '"1"' };
      return headers['if-none-match'] ? { status: 304, fields } : { fields, text: `answer ${count}` };
    };
    await get('/stale');
    await until('it to be stored', async () => /stale-while-revalidate/.test((await get('/stale')).status));
    assert.equal((await get('/stale')).text, 'answer 1');
    await until('it to be validated', async () => asked.some(({ headers }) => headers['if-none-match'] === '"1"'));
  });

  it('variants are kept side by side, large bodies too', async () => {
    answer = async ({ headers }) => ({
      fields: { 'cache-control': 'max-age=60', vary: 'accept-language' },
      text: headers['accept-language'].repeat(500_000),
    });
    for (const language of ['de', 'en']) {
      const headers = { 'accept-language': language };
      await get('/variants', { headers });
      await until('it to be stored', async () => /hit/.test((await get('/variants', { headers })).status));
    }
    for (const language of ['de', 'en']) {
      const { text, status } = await get('/variants', { headers: { 'accept-language': language } });
      assert.match(status, /hit/);
      assert.equal(text, language.repeat(500_000));
    }
  });

  it('URLs, groups and origins are invalidated, and unsafe requests invalidate', async () => {
    let version = 1;
    answer = async ({ method }, _, body) => {
      if (method === 'POST') version = Number(body);
      return { fields: { 'cache-control': 'max-age=60', 'cache-groups': '"news"' }, text: `version ${version}` };
    };
    const changes = {
      group: () => fetch(`${base}/invalidate?group=news`),
      path: () => fetch(`${base}/invalidate?path=/news`),
      all: () => fetch(`${base}/invalidate`),
      post: () => fetch(`${base}/news`, { method: 'POST', body: String(version + 1) }),
    };
    for (const [name, change] of Object.entries(changes)) {
      await get('/news');
      await until('it to be stored', async () => /hit/.test((await get('/news')).status));
      const before = version;
      if (name !== 'post') version += 1;
      await (await change()).text();
      await until(`${name} to be done`, async () => (await get('/news')).text === `version ${before + 1}`);
      const { text } = await get('/news');
      assert.equal(text, `version ${before + 1}`, name);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await fetch(`${base}/invalidate?group=other`);
  });

  it('what must not be kept is not, and what is for one user alone neither', async () => {
    for (const fields of [{ 'cache-control': 'no-store' }, { 'cache-control': 'private, max-age=60' }]) {
      answer = async (_, count) => ({ fields, text: `answer ${count}` });
      const texts = [await get('/secret'), await get('/secret'), await get('/secret')].map(({ text }) => text);
      assert.equal(new Set(texts).size, 3, JSON.stringify(fields));
    }
  });

  it('ranges are served of what is stored whole', async () => {
    answer = async () => ({ fields: { 'cache-control': 'max-age=60', etag: '"r"' }, text: '0123456789' });
    await get('/range');
    await until('it to be stored', async () => /hit/.test((await get('/range')).status));
    const { response, text } = await get('/range', { headers: { range: 'bytes=2-4' } });
    assert.deepEqual([response.status, text, response.headers.get('content-range')], [206, '234', 'bytes 2-4/10']);
  });

  it('a body that never ends keeps nobody else from storing the same', async () => {
    answer = async (_, count) => ({
      fields: { 'cache-control': 'max-age=60' },
      text: `answer ${count}`,
      stalls: count === 1,
    });
    const leaving = new AbortController();
    const left = fetch(`${base}/stalled`, { signal: leaving.signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(asked.length, 1);
    leaving.abort();
    await left;
    await get('/stalled');
    await until('it to be stored', async () => /hit/.test((await get('/stalled')).status));
  });

  it('an origin server that fails is stood in for where it says so', async () => {
    let works = true;
    answer = async () =>
      works
        ? { fields: { 'cache-control': 'max-age=0, stale-if-error=60', etag: '"e"' }, text: 'well' }
        : { status: 503, text: 'no' };
    const isStored = async () => (await get('/weak'), asked.some(({ headers }) => headers['if-none-match'] === '"e"'));
    await until('it to be stored', isStored);
    works = false;
    assert.equal((await get('/weak')).text, 'well');
  });

  it('options that mean nothing are an error that names them', async () => {
    for (const [options, fault] of [
      [{ name: 'other', shared: false }, 'none'],
      [{ name: 'other', fetch: 1 }, 'none'],
      [{ name: '' }, 'options: edgeCache: name cannot be "": it is a text, and not empty'],
      [
        { targtes: 1 },
        'options: edgeCache: there is no option targtes, only name, shared, store, targets, now, onWarning',
      ],
      [{ store: {} }, 'options: edgeCache: store cannot be an object: it is a SharedStore'],
      [{ store: 'plain' }, 'options: edgeCache: store cannot be an object: it is a SharedStore'],
      [{ store: 'shared' }, 'none'],
    ])
      assert.equal((await get(`/invalidate?options=${encodeURIComponent(JSON.stringify(options))}`)).text, fault);
  });
});
