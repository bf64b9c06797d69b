// A database that fails while it is in use: what it kept may be lost, but no request, and nothing that a page was promised.

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe } from 'node:test';
import { behind, hurried, moodyDatabases, say } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const TOML = `
[[routes]]
path = "send"
method = "POST"
policy = "network-only"
queue = "all"

[[routes]]
path = "data/*"
policy = "cache-first"
maxEntries = 3
tags = "data"
`;

/** How it fails, and at which of its calls since it was told to: at one of them, or from one on. */
const MOODS = ['throws', 'aborts', 'silent', 'closed'];
const FIRST = [0, 1, 2, 3, 5, 8];

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site whose server notes what it is sent, and counts what it gives. */
    const start = async (t, isHurried = true) => {
      const site = await makeSite({ edits: { 'keepfresh.toml': TOML } });
      t.after(() => site.close());
      const there = { answers: 0, isDown: false, sent: [] };
      const front = behind((isHurried ? hurried(40, 20_000) : '') + moodyDatabases);
      const server = await serve(site.dist, front, 'no-store', async (request, response) => {
        if (!/^\/(data|send)/.test(request.url)) return false;
        if (there.isDown) return void request.socket.destroy() ?? true;
        if (request.method === 'POST') there.sent.push(await text(request));
        response.writeHead(200, { 'cache-control': 'max-age=600' }).end(`${++there.answers}`);
        return true;
      });
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      const script = `/${site.built('js/window.js')}`;
      /** In the page: calls a function of `keepfresh/window`. */
      const call = (name, ...args) =>
        tab.run(`async (path, name, ...args) => (await import(path))[name](...args)`, script, name, ...args);
      /** The status of what a page sends; 0 if it was told that it cannot. What is to wait is promised. */
      const promised = [];
      const post = async (body) => {
        const { status } = await tab.fetch('send', { method: 'POST', body }).catch(() => ({ status: 0 }));
        if (status === 202) promised.push(body);
        return status;
      };
      return { there, promised, call, fails: (how) => tab.run(say, { databases: how }), post, tab };
    };

    for (const mood of MOODS)
      it(`${mood}: no request is lost by it`, { timeout: 240_000 }, async (t) => {
        const { call, fails, post, promised, tab, there } = await start(t);
        let hits = 0;
        for (const after of FIRST) {
          for (const once of [true, false]) {
            const name = `${mood} ${once ? 'at' : 'from'} ${after}`;
            await fails({ mood, after, once });
            assert.equal(await post(`${name}, online`), 200, name);
            assert.equal((await tab.fetch(`data/${name}`)).status, 200, name);
            there.isDown = true;
            assert.match(`${await post(`${name}, offline`)}`, /^(202|0)$/, name);
            there.isDown = false;
            hits += (await fails({})).hits;
            await until('all to be sent', async () => (await call('sendQueued')) === 0);
          }
        }
        assert.ok(hits > FIRST.length, `${hits} calls failed`);
        const sent = there.sent.filter((body) => promised.includes(body));
        assert.deepEqual(sent, promised);
        assert.ok(promised.length > 0, 'something was promised');
      });

    it('who asks what waits is told that nobody knows', { timeout: 120_000 }, async (t) => {
      const { call, fails, tab } = await start(t);
      for (const mood of ['throws', 'aborts', 'silent']) {
        await fails({ mood, after: 0 });
        // Without an answer this would have no end.
        for (const what of ['list', 'send', 'discard'])
          assert.equal(await tab.run(say, { type: `keepfresh:queue-${what}` }), null, `${mood}: ${what}`);
        assert.deepEqual(
          [await call('queued'), await call('sendQueued'), await call('discardQueued')],
          [[], null, null],
        );
      }
    });

    it('what only takes its time is neither given up nor sent twice', { timeout: 120_000 }, async (t) => {
      const { call, post, promised, tab, there } = await start(t, false);
      there.isDown = true;
      for (const body of ['a', 'b']) assert.equal(await post(body), 202);
      there.isDown = false;
      // Longer than a database may take to be opened.
      await tab.run(holdQueue, 7000);
      // Behind the others, or after them: they may have been sent already, and only not be noted so.
      assert.match(`${await post('c')}`, /^20[02]$/);
      await until('it to be free', () => tab.run(`() => self.isHeld === false`));
      await until('all to be sent', async () => (await call('sendQueued')) === 0);
      assert.deepEqual(there.sent, ['a', 'b', 'c'], `promised: ${promised}`);
    });

    for (const mood of MOODS)
      it(`${mood}: what is forgotten is forgotten all the same`, { timeout: 120_000 }, async (t) => {
        const { call, fails, tab } = await start(t);
        const data = async () => (await tab.fetch('data/a')).text;
        await data();
        await until('it to be stored', async () => (await data()) === (await data()));
        for (const forgets of [{ tag: 'data' }, 'data/a']) {
          const before = await data();
          await fails({ mood, after: 0 });
          assert.equal(await call('invalidate', forgets), 1, JSON.stringify(forgets));
          assert.notEqual(await data(), before);
          await fails({});
          await until('it to be stored again', async () => (await data()) === (await data()));
        }
      });
  });
}

/** In the page: keeps everybody else from the requests that wait, for so many milliseconds from now on. */
async function holdQueue(time) {
  for (const { name } of await indexedDB.databases()) {
    const opened = indexedDB.open(name);
    await new Promise((resolve) => (opened.onsuccess = resolve));
    if (!opened.result.objectStoreNames.contains('requests')) continue;
    const store = opened.result.transaction('requests', 'readwrite').objectStore('requests');
    const end = performance.now() + time;
    return new Promise((resolve) => {
      const hold = () => {
        resolve();
        self.isHeld = performance.now() < end;
        if (self.isHeld) store.count().onsuccess = hold;
        else opened.result.close();
      };
      store.count().onsuccess = hold;
    });
  }
  throw new Error('nothing waits');
}
