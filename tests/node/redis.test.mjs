// Several instances with one Redis between them: real clients and a real server, in one process and its children.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCluster } from 'redis';
import { cachingFetch, redisStore } from '../../pkg/node.js';
import { LASTING, origin, redisInstances, until, URL_ } from './redis-instances.mjs';
import { missing, startRedis } from './redis-server.mjs';

describe('Redis', { skip: missing }, () => {
  let all;
  let redis;
  let client;
  let instance;
  before(async () => {
    all = await redisInstances();
    ({ redis, client, instance } = all);
  });
  after(() => all.close());
  beforeEach(() => all.reset());

  it('what one instance has stored, the other serves', async () => {
    const answer = origin();
    const [one, other] = [await instance(answer), await instance(answer)];
    assert.match((await one.get()).status, /uri-miss.*stored/);
    await one.fetch.idle();
    const { status, text } = await other.get();
    assert.equal(text, 'answer 1');
    assert.match(status, /^hit; ttl=(60|59)$/);
    assert.equal(answer.state.count, 1);
    assert.deepEqual([one.warnings, other.warnings], [[], []]);
  });

  it('what one instance invalidates, no other serves once it has heard of it', async () => {
    const fields = { ...LASTING, 'cache-groups': '"news"' };
    const answer = origin(fields);
    // A machine that is busy answers late, and whoever does not wait asks once more.
    const store = { timeoutMs: 20_000 };
    const [one, other] = [await instance(answer, { store }), await instance(answer, { store })];
    const cases = [
      { keys: [URL_] },
      { origin: 'http://site.example', groups: ['news'] },
      { origin: 'http://site.example' },
    ];
    let count = 0;
    for (const what of cases) {
      assert.equal((await one.get()).text, `answer ${++count}`);
      await one.fetch.idle();
      assert.equal((await other.get()).text, `answer ${count}`);
      await one.fetch.invalidate(what);
      // Its own next look; the other's as soon as the announcement is there.
      assert.equal((await one.get()).text, `answer ${++count}`, JSON.stringify(what));
      await one.fetch.idle();
      await until('the announcement', async () => (await other.get()).text === `answer ${count}`);
      await one.fetch.invalidate({ origin: 'http://site.example' });
    }
    await one.fetch.invalidate({ origin: 'http://site.example', groups: ['other'] });
  });

  it('an unsafe request through one instance invalidates for all', async () => {
    let version = 1;
    const answer = async (request) => {
      if (request.method === 'POST') version += 1;
      const fields = { ...LASTING, 'cache-groups': '"g"', 'cache-group-invalidation': '"g"' };
      return new Response(`version ${version}`, { headers: fields });
    };
    const [one, other] = [await instance(answer), await instance(answer)];
    for (const url of [URL_, `${URL_}?b`]) {
      await one.get(url);
      await one.fetch.idle();
      await other.get(url);
    }
    await one.fetch(URL_, { method: 'POST' });
    await one.fetch.idle();
    for (const url of [URL_, `${URL_}?b`]) {
      assert.equal((await one.get(url)).text, 'version 2');
      await until('the other', async () => (await other.get(url)).text === 'version 2');
    }
  });

  it('who sends an unsafe request sees no more of all that it has invalidated', async () => {
    const fields = { ...LASTING, 'cache-groups': '"list"' };
    const answer = async ({ method }) =>
      method === 'GET'
        ? new Response(String(Math.random()), { headers: fields })
        : new Response('', { status: 201, headers: { location: '/b', 'cache-group-invalidation': '"list"' } });
    const one = await instance(answer, { store: { memoryBytes: 0 } });
    const urls = ['http://site.example/b', 'http://site.example/list'];
    const all = async () => (await Promise.all(urls.map((url) => one.get(url)))).map(({ text }) => text);
    for (let time = 0; time < 10; time++) {
      const before = await all();
      await one.fetch.idle();
      await one.fetch('http://site.example/a', { method: 'POST' });
      const now = await all();
      assert.ok(now[0] !== before[0] && now[1] !== before[1], `${before} ${now}`);
    }
  });

  it('what was asked for before it was invalidated is not stored', async () => {
    let release;
    let version = 1;
    const answer = async () => {
      const body = `version ${version}`;
      if (version === 1) await new Promise((resolve) => (release = resolve));
      return new Response(body, { headers: { ...LASTING, 'cache-groups': '"g"' } });
    };
    for (const what of [
      { keys: [URL_] },
      { origin: 'http://site.example', groups: ['g'] },
      { origin: 'http://site.example' },
    ]) {
      version = 1;
      const [slow, writer] = [await instance(answer), await instance(answer)];
      const early = slow.get();
      await until('the origin server to be asked', () => release);
      version = 2;
      await writer.fetch.invalidate(what);
      release();
      release = undefined;
      assert.equal((await early).text, 'version 1');
      await slow.fetch.idle();
      for (const one of [writer, slow]) assert.equal((await one.get()).text, 'version 2', JSON.stringify(what));
      await writer.fetch.invalidate({ origin: 'http://site.example' });
      await until('both to have heard', async () => (await client.keys('*v:*')).length === 0);
    }
  });

  it('nobody waits for what another instance has invalidated since', async () => {
    let release;
    let version = 1;
    const answer = async () => {
      const body = `version ${version}`;
      if (version === 1) await new Promise((resolve) => (release = resolve));
      return new Response(body, { headers: LASTING });
    };
    for (const memoryBytes of [0, 1 << 20]) {
      version = 1;
      const [slow, writer] = [await instance(answer, { store: { memoryBytes } }), await instance(answer)];
      const early = slow.get();
      await until('the origin server to be asked', () => release);
      version = 2;
      await writer.fetch.invalidate({ keys: [URL_] });
      const late = await Promise.race([slow.get(), new Promise((resolve) => setTimeout(resolve, 6000, 'it waits'))]);
      assert.equal(late.text, 'version 2');
      release();
      release = undefined;
      assert.equal((await early).text, 'version 1');
      await slow.fetch.idle();
      await writer.fetch.invalidate({ origin: 'http://site.example' });
    }
  });

  it('without Redis every request is answered, and what was invalidated meanwhile is not served afterwards', async () => {
    const answer = origin();
    const one = await instance(answer, { store: { timeoutMs: 100 } });
    const other = await instance(answer, { store: { memoryBytes: 0 } });
    await one.get();
    await one.fetch.idle();
    assert.equal((await other.get()).text, 'answer 1');
    // It is still there, but nobody hears from it.
    redis.signal('SIGSTOP');
    await assert.rejects(one.fetch.invalidate({ keys: [URL_] }), /Redis has not answered within 100 ms/);
    const answers = await Promise.all(Array.from({ length: 20 }, () => one.get()));
    assert.ok(answers.every(({ text }) => text !== 'answer 1'));
    redis.signal('SIGCONT');
    await until('Redis to be back', async () => /hit/.test((await one.get()).status));
    assert.notEqual((await one.get()).text, 'answer 1');
    assert.notEqual((await other.get()).text, 'answer 1');
    assert.ok(one.warnings.length > 0);
  });

  it('Redis may come later', async () => {
    const later = await startRedis();
    const connected = await later.client();
    await later.kill();
    const answer = origin();
    const store = redisStore({ client: connected, onWarning: () => {} });
    await store.ready();
    const fetch = cachingFetch({ shared: true, store, fetch: answer, onWarning: () => {} });
    assert.equal(await (await fetch(URL_)).text(), 'answer 1');
    await later.start();
    const isHit = async () => /hit/.test((await fetch(URL_)).headers.get('cache-status'));
    await until('Redis to be used', async () => (await fetch.idle(), isHit()));
    await store.close();
    await later.close();
  });

  it('Redis may be killed, and comes back empty', async () => {
    const answer = origin();
    const one = await instance(answer);
    assert.equal((await one.get()).text, 'answer 1');
    await one.fetch.idle();
    await redis.kill();
    for (let n = 0; n < 20; n++) assert.match((await one.get(`${URL_}?${n}`)).text, /answer/);
    await redis.start();
    await until('Redis to be back', async () => (await one.fetch.idle(), /hit/.test((await one.get()).status)));
    await until('its client to be back', () => client.ping().catch(() => false));
  });

  it('variants and large bodies are kept, each in its place', async () => {
    const fields = (request) => ({
      ...LASTING,
      vary: 'accept-language',
      'content-language': request.headers.get('accept-language'),
    });
    const answer = origin(fields, async (_, request) => request.headers.get('accept-language').repeat(20_000));
    // A machine that is busy answers late.
    const timeoutMs = 20_000;
    const [one, other] = [
      await instance(answer, { store: { timeoutMs } }),
      await instance(answer, { store: { memoryBytes: 0, timeoutMs } }),
    ];
    const languages = ['de', 'en', 'fr'];
    for (const language of languages) {
      await one.get(URL_, { headers: { 'accept-language': language } });
      await one.fetch.idle();
    }
    for (const language of languages) {
      const { text, status } = await other.get(URL_, { headers: { 'accept-language': language } });
      assert.match(status, /^hit/);
      assert.equal(text, language.repeat(20_000));
    }
    assert.ok((await client.keys('*b:*')).length >= 2);
    await one.fetch.invalidate({ keys: [URL_] });
    assert.deepEqual(
      (await client.keys('*')).filter((name) => /:(v|b|g):/.test(name)),
      [],
    );
  });

  it('queries that mean the same find what is stored for one of them', async () => {
    const answer = origin({ ...LASTING, 'no-vary-search': 'params=("from")' });
    const [one, other] = [await instance(answer), await instance(answer)];
    for (let id = 0; id < 10; id++) {
      await one.get(`${URL_}?id=${id}&from=here`);
      await one.fetch.idle();
      assert.match((await other.get(`${URL_}?from=there&id=${id}`)).status, /^hit/);
    }
    assert.equal(answer.state.count, 10);
  });

  it('what several instances store under one key at once is all there', async () => {
    const fields = { ...LASTING, vary: 'accept-language' };
    const answer = origin(fields, async (_, request) => request.headers.get('accept-language').repeat(5000));
    const instances = await Promise.all(Array.from({ length: 4 }, () => instance(answer)));
    const languages = ['de', 'en', 'fr', 'it'];
    for (let round = 0; round < 5; round++) {
      const url = `${URL_}?${round}`;
      const ask = (one, language) => one.get(url, { headers: { 'accept-language': language } });
      await Promise.all(instances.map((one, n) => ask(one, languages[n])));
      await Promise.all(instances.map((one) => one.fetch.idle()));
      const { count } = answer.state;
      for (const language of languages) {
        assert.equal((await ask(instances[0], language)).text, language.repeat(5000));
        assert.equal(answer.state.count, count, `${language} of ${url}`);
      }
    }
  });

  it('whatever lies in Redis, requests are answered, and it is written over', async () => {
    const answer = origin({ ...LASTING, 'cache-groups': '"g"' }, async (count) => `${count}`.padEnd(300));
    const one = await instance(answer, { store: { memoryBytes: 0 } });
    await one.get();
    await one.fetch.idle();
    const [name] = (await client.keys('*')).filter((key) => key.includes(':v:'));
    const whole = Buffer.from(await client.withTypeMapping({ 36: Buffer }).get(name));
    const flipped = (at) => whole.map((byte, n) => (n === at ? byte ^ 0x41 : byte));
    const damaged = [
      Buffer.alloc(0),
      Buffer.from('x'),
      Buffer.from([255, 254, 0, 10, 13, 200, ...Array(50).fill(129)]),
      whole.subarray(0, 10),
      whole.subarray(0, whole.length - 1),
      Buffer.concat([whole, Buffer.from('!')]),
      ...[0, 21, 22, 30, 60, 100, 150].map(flipped),
    ];
    for (const value of damaged) {
      await client.set(name, Buffer.from(value));
      const first = await one.get();
      assert.match(first.text, /^\d+ +$/);
      await one.fetch.idle();
      assert.match((await one.get()).status, /^hit/, value.toString('latin1').slice(0, 200));
    }
    assert.deepEqual(one.warnings, []);
  });

  it('a key that is somebody else’s keeps nobody from keeping others', async () => {
    const answer = origin();
    const one = await instance(answer, { store: { memoryBytes: 0 } });
    await one.get();
    await one.fetch.idle();
    const [name] = (await client.keys('*')).filter((key) => key.includes(':v:'));
    await client.del(name);
    await client.lPush(name, 'not ours');
    for (let n = 0; n < 5; n++) {
      assert.match((await one.get()).text, /^answer/);
      await one.get(`${URL_}?${n}`);
      await one.fetch.idle();
      assert.match((await one.get(`${URL_}?${n}`)).status, /^hit/);
    }
    assert.ok(
      one.warnings.every((text) => /WRONGTYPE/.test(text)),
      String(one.warnings),
    );
  });

  it('keys that belong together lie on one node of a cluster', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'keepfresh-cluster-'));
    const flags = ['--cluster-enabled', 'yes', '--cluster-config-file', join(folder, 'nodes.conf')];
    const cluster = await startRedis(...flags);
    const node = await cluster.client();
    await node.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
    await until('the cluster', async () => /cluster_state:ok/.test(await node.sendCommand(['CLUSTER', 'INFO'])));
    const shared = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${cluster.port}` }] });
    shared.on('error', () => {});
    await shared.connect();
    const answer = origin({ ...LASTING, 'cache-groups': '"g"' });
    const opened = [];
    const open = async () => {
      const store = redisStore({ client: shared });
      opened.push(store);
      await store.ready();
      return cachingFetch({
        shared: true,
        store,
        fetch: answer,
        onWarning: (what, error) => assert.fail(`${what}: ${error}`),
      });
    };
    const [one, other] = [await open(), await open()];
    t.after(async () => {
      for (const store of opened) await store.close();
      shared.destroy();
      await cluster.close();
      rmSync(folder, { recursive: true });
    });
    for (let n = 0; n < 40; n++) await (await one(`${URL_}?${n}`)).text();
    await one.idle();
    for (let n = 0; n < 40; n++) assert.match((await other(`${URL_}?${n}`)).headers.get('cache-status'), /hit/);
    await other.invalidate({ origin: 'http://site.example', groups: ['g'] });
    for (let n = 0; n < 40; n++) assert.match((await other(`${URL_}?${n}`)).headers.get('cache-status'), /miss/);
    await other.idle();
    // Announcements may be lost with their connection, which comes back by itself.
    const text = async (fetch) => (await fetch(URL_)).text();
    await text(one);
    await one.idle();
    const before = await text(other);
    await node.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']);
    await one.invalidate({ keys: [URL_] });
    await until('the other to notice', async () => (await text(other)) !== before);
    for (const fetch of [one, other]) await fetch.idle();
  });

  it('everything is of use for a time, and then gone', async () => {
    const answer = origin({ 'cache-control': 'max-age=5, stale-while-revalidate=5', 'cache-groups': '"g"' });
    const one = await instance(answer);
    await one.get();
    await one.fetch.idle();
    for (const name of await client.keys('*')) {
      const ttl = await client.pTTL(name);
      if (/:(v|g):/.test(name)) assert.ok(ttl > 0 && ttl <= 10_000, `${name}: ${ttl}`);
      else assert.match(name, /:(version|fence)$/);
    }
  });
});
