// Keys that are more than a URL: bodies that say what is asked for, responses that are one user's alone, and responses
// that nobody may look into.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const ROUTES = `
[[routes]]
path = "search"
method = ["POST", "QUERY"]
keyBody = "json"
policy = "cache-first"

[[routes]]
path = "graphql"
method = "POST"
keyBody = "graphql"
policy = "cache-first"

[[routes]]
path = "mine/*"
partition = true
policy = "cache-first"
tags = "mine"

[[routes]]
path = "account"
mode = "navigate"
partition = true
policy = "network-first"
fallback = "offline.html"

[[routes]]
path = "sign-out"
policy = "http"

[[routes]]
path = "token/*"
partition = "X-Token"
policy = "cache-first"

[[routes]]
path = "user/graphql"
method = "POST"
keyBody = "graphql"
partition = true
policy = "cache-first"

[[routes]]
path = "*.png"
origin = "*"
policy = "cache-first"
opaque = true
keepSeconds = 600
`;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site whose server numbers its answers, and a tab whose page is controlled. */
    const visit = async (t) => {
      const site = await makeSite({ edits: { 'keepfresh.toml': ROUTES } });
      t.after(() => site.close());
      const state = { had: [], ranges: 0, isDown: false, takes: 20 };
      const answers = async (request, response) => {
        const { method, url, headers } = request;
        if (state.isDown) return request.socket.destroy();
        const isOurs = /^\/(search|graphql|user|mine|token|account|sign-out)/.test(url);
        if (!isOurs && !url.endsWith('.png')) return false;
        const body = [];
        for await (const chunk of request) body.push(chunk);
        state.ranges += headers.range ? 1 : 0;
        state.had.push(`${method} ${url} ${Buffer.concat(body)}`);
        response.writeHead(state.isGone ? 404 : 200, {
          'cache-control': `max-age=${isOurs ? 600 : 0}`,
          'content-type': 'text/plain',
          ...(url.startsWith('/cors') && { 'access-control-allow-origin': '*' }),
          ...(url === '/sign-out' &&
            (method === 'GET' ? { 'clear-site-data': '"cache"' } : { 'content-location': '/mine/data' })),
        });
        const number = `${state.had.length}`;
        setTimeout(() => response.end(number), state.takes);
        return true;
      };
      const server = await serve(site.dist, () => '', 'no-store', answers);
      t.after(() => server.close());
      const { port } = server;
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      const text = async (path, init) => (await tab.fetch(path, init)).text;
      const post = (path, body, method = 'POST') =>
        text(path, { method, body: typeof body === 'string' ? body : JSON.stringify(body) });
      const call = (name, ...args) =>
        tab.run(
          async (name, args) => (await import(new URL('js/window.js', document.baseURI)))[name](...args),
          name,
          args,
        );
      /** What is asked for again until the answer is stored: writing takes its time. */
      const stored = async (ask) => {
        const first = await ask();
        for (let tries = 0; tries < 50; tries++) {
          const [one, other] = [await ask(), await ask()];
          if (one === other) return one;
        }
        throw new Error(`never stored; at first ${first}`);
      };
      return Object.assign(state, { call, port, post, stored, tab, text });
    };

    it('a body that says what is asked for is part of the key', { timeout: 120_000 }, async (t) => {
      const { call, had, post, stored } = await visit(t);
      const books = await stored(() => post('search', { in: 'books', page: 1 }));
      assert.equal(await post('search', '{ "page": 1, "in": "books" }'), books, 'in whatever order');
      const films = await stored(() => post('search', { in: 'films', page: 1 }));
      assert.notEqual(films, books);
      assert.equal(await post('search', { in: 'books', page: 1 }), books);
      const query = await stored(() => post('search?deep=1', { in: 'books', page: 1 }));
      assert.notEqual(query, books, 'the query counts as ever');
      assert.notEqual(await post('search', '{"id":9007199254740993}'), await post('search', '{"id":9007199254740992}'));
      await call('invalidate', 'search');
      assert.notEqual(await post('search', { in: 'books', page: 1 }), books, 'it is what is stored for this URL');
      const count = had.length;
      await post('search', 'no JSON');
      await post('search', 'no JSON');
      await post('search', JSON.stringify('x'.repeat(300_000)));
      await post('search', JSON.stringify('x'.repeat(300_000)));
      assert.equal(had.length, count + 4, 'what has no key is asked for each time');
      assert.equal(had.at(-3), 'POST /search no JSON', 'with its body');
      assert.ok(had.at(-1).length > 300_000);
    });

    it('what is asked for many times at once is asked for once', { timeout: 120_000 }, async (t) => {
      const site = await visit(t);
      const { had, tab } = site;
      // The last is asked for before the first is answered.
      site.takes = 2000;
      const texts = await tab.run(async () => {
        const ask = async (body) => (await fetch('search', { method: 'POST', body: JSON.stringify(body) })).text();
        const bodies = [...Array(10).fill({ a: 1, b: 2 }), ...Array(10).fill({ a: 2, b: 2 })];
        return Promise.all(bodies.map(ask));
      });
      assert.equal(had.length, 2);
      assert.equal(new Set(texts.slice(0, 10)).size, 1);
      assert.equal(new Set(texts).size, 2);
    });

    it('a query of GraphQL is stored until something changes', { timeout: 120_000 }, async (t) => {
      const { had, post, stored } = await visit(t);
      const ask = () =>
        post('graphql', { query: '# mutation\n query Q($x: Int) { a(b: "mutation {") }', variables: { x: 1 } });
      const first = await stored(ask);
      for (const body of [
        { query: 'mutation { a }' },
        { query: 'query Q { a } mutation M { b }', operationName: 'M' },
        { extensions: { persistedQuery: { sha256Hash: 'x' } } },
        [{ query: '{ a }' }, { query: 'subscription { a }' }],
      ]) {
        const before = had.length;
        const known = await stored(ask);
        await post('graphql', body);
        assert.ok(had.length > before, JSON.stringify(body));
        assert.notEqual(await ask(), known, `${JSON.stringify(body)} may have changed it`);
      }
      assert.notEqual(await ask(), first);
      const batch = [{ query: '{ a }' }, { query: 'query { b }' }];
      const both = await stored(() => post('graphql', batch));
      assert.equal(await post('graphql', batch), both);
    });

    it("responses of one user are not another's", { timeout: 120_000 }, async (t) => {
      const { call, had, post, stored, tab, text } = await visit(t);
      const mine = () => text('mine/data');
      assert.notEqual(await mine(), await mine(), 'nobody has said whose it is');
      assert.ok(await call('partition', 'ann'));
      const anns = await stored(mine);
      const query = await stored(() => post('user/graphql', { query: '{ me }' }));
      assert.ok(await call('partition', 'bob'));
      const bobs = await stored(mine);
      assert.notEqual(bobs, anns);
      assert.notEqual(await post('user/graphql', { query: '{ me }' }), query);
      assert.ok(await call('partition', 'ann'));
      await tab.reload();
      await tab.controlled();
      assert.equal(await mine(), anns, 'what was hers is there again');
      assert.ok(await call('partition', ''));
      const count = had.length;
      assert.notEqual(await mine(), anns, 'signed out');
      assert.equal(had.length, count + 1);
      assert.equal(await call('invalidate', { partition: 'ann' }), 2);
      assert.ok(await call('partition', 'ann'));
      assert.notEqual(await mine(), anns, 'what was thrown away is gone');
      assert.ok(await call('partition', 'bob'));
      assert.equal(await mine(), bobs, 'and nothing else is');
      await call('invalidate', { tag: 'mine' });
      assert.notEqual(await mine(), bobs, 'tags reach into partitions');
    });

    it('what the server has forgotten is forgotten in every partition', { timeout: 120_000 }, async (t) => {
      const { call, stored, text } = await visit(t);
      const mine = () => text('mine/data');
      for (const forget of [
        () => text('sign-out', { method: 'POST' }),
        // Chromium keeps `Clear-Site-Data` to itself.
        ...(engine === 'Chromium' ? [] : [() => text('sign-out')]),
        () => call('invalidate', 'mine/data'),
      ]) {
        const known = {};
        for (const name of ['ann', 'bob']) {
          await call('partition', name);
          known[name] = await stored(mine);
        }
        await call('partition', '');
        await forget();
        for (const name of ['ann', 'bob']) {
          await call('partition', name);
          // What a server says is done behind its answer.
          await until(`${forget}: ${name}`, async () => (await mine()) !== known[name]);
        }
      }
    });

    it('what one user may not see any more another may', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, stored, text } = state;
      for (const [path, init] of [
        ['user/graphql', { method: 'POST', body: '{"query":"{ me }"}' }],
        ['mine/data', {}],
      ]) {
        const ask = (more) => text(path, { ...init, ...more });
        await call('partition', 'ann');
        const anns = await stored(ask);
        await call('partition', 'bob');
        const bobs = await stored(ask);
        state.isGone = true;
        await ask({ cache: 'reload' });
        state.isGone = false;
        await until(`${path}: what was his is gone`, async () => (await ask()) !== bobs);
        await call('partition', 'ann');
        assert.equal(await ask(), anns, path);
      }
    });

    it("a page that is nobody's yet has its fallback all the same", { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { tab } = state;
      await tab.open('account');
      assert.match(await tab.run(() => document.body.textContent), /^\d+$/);
      state.isDown = true;
      await tab.open('account');
      assert.equal(await tab.run(() => document.documentElement.dataset.page), 'offline');
    });

    it('a field can say whose a response is', { timeout: 120_000 }, async (t) => {
      const { stored, tab, text } = await visit(t);
      const as = (token) => () => text('token/data', { headers: { 'x-token': token } });
      const one = await stored(as('one'));
      const other = await stored(as('other'));
      assert.notEqual(one, other);
      assert.equal(await as('one')(), one);
      for (let token = 0; token < 12; token++) await as(`${token}`)();
      assert.notEqual(await as('one')(), one, 'no more than eight are kept');
      const names = await tab.run(() => caches.keys());
      const partitions = new Set(names.flatMap((name) => /:of:([^:]+):/.exec(name)?.[1] ?? []));
      assert.ok(partitions.size <= 8, `${partitions.size} partitions`);
      assert.ok(!names.some((name) => name.includes('one')), 'no token is to be read in a name');
    });

    it('a response that nobody may look into is kept if the route says so', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { had, port, tab } = state;
      const opaque = (path, init) =>
        tab.run(
          async (url, init) => {
            const { type } = await fetch(url, { mode: 'no-cors', ...init });
            return type;
          },
          `http://127.0.0.1:${port}/${path}`,
          init,
        );
      assert.equal(await opaque('a.png'), 'opaque');
      await tab.until('it to be stored', async () => {
        const names = (await caches.keys()).filter((name) => name.includes('records'));
        const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        return keys.flat().some(({ url }) => url.endsWith('/a.png'));
      });
      assert.equal(await opaque('a.png'), 'opaque');
      assert.equal(had.filter((what) => what === 'GET /a.png ').length, 1);
      // Whoever may not have it opaque asks for himself.
      await assert.rejects(tab.run(async (url) => (await fetch(url)).type, `http://127.0.0.1:${port}/a.png`));
      assert.equal(await opaque('cors.png'), 'opaque');
      await tab.run(() => new Promise((resolve) => setTimeout(resolve, 200)));
      const readable = await tab.run(async (url) => (await fetch(url)).text(), `http://127.0.0.1:${port}/cors.png`);
      assert.match(readable, /^\d+$/);
      // A part of something is not taken for the whole.
      await tab.run(
        (url) =>
          new Promise((resolve) => {
            const audio = new Audio();
            audio.onerror = () => resolve(true);
            audio.src = url;
          }),
        `http://127.0.0.1:${port}/part.png`,
      );
      const count = had.length;
      assert.ok(had.includes('GET /part.png '));
      await opaque('part.png');
      // WebKit's player asks for the whole at first.
      assert.equal(had.length, state.ranges > 0 ? count + 1 : count);
    });
  });
}
