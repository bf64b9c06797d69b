// A store that breaks: a fault in the cache is never a fault in the page. Each call of Cache Storage that requests lead to fails
// once, and then all from there on.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { behind, breakable, say } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const KINDS = {
  routes: `
[[routes]]
path = "data/*"
policy = "stale-while-revalidate"
maxEntries = 3

[[routes]]
path = "img/*"
policy = "cache-first"
maxAgeSeconds = 60

[[routes]]
mode = "navigate"
policy = "network-first"
fallback = "offline.html"
`,
  only: '[precache]\nonly = true\n',
};

const UNOPENED = `
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

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    for (const [kind, toml] of Object.entries(KINDS)) {
      it(`${kind}: a store that breaks is no fault of a page`, { timeout: 300_000 }, async (t) => {
        const site = await makeSite({ edits: { 'keepfresh.toml': toml } });
        t.after(() => site.close());
        let answers = 0;
        const withBreaks = behind(breakable);
        const server = await serve(site.dist, withBreaks, 'no-store', (request, response) => {
          if (!request.url.startsWith('/data/')) return false;
          answers += 1;
          response
            .writeHead(200, { 'cache-control': 'max-age=60', 'content-type': 'application/json' })
            .end(request.url);
          return true;
        });
        t.after(() => server.close());
        const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
        const script = site.built('js/shared.js');

        /** How many calls there were since the last time, and how many of them broke. */
        const breaks = (how) => tab.run(say, { breaks: how });
        /** A page with all that it loads, data that is stored and data that is not, and an asset. */
        const visit = async (number) => {
          await tab.open(number % 2 ? 'about.html' : '');
          const { page, image, fault } = await tab.facts();
          assert.deepEqual([page, image, fault], [number % 2 ? 'about' : 'home', 'shown', null]);
          for (const path of ['data/same', `data/${number}`, `data/${number}`]) {
            const { status, text } = await tab.fetch(path);
            assert.deepEqual([status, text], [200, `/${path}`]);
          }
          assert.equal((await tab.fetch(script)).status, 200);
        };

        await breaks({});
        await visit(0);
        const { calls } = await breaks({});
        assert.ok(calls > 2, `${calls} calls`);
        let [number, broken] = [0, 0];
        for (let at = 0; at < calls; at += 1 + (calls >> 4)) {
          for (const once of [true, false]) {
            await breaks({ after: at, once });
            await visit(++number);
            broken += (await breaks({})).broken;
          }
        }
        assert.ok(broken * 2 > number, `${broken} calls broke in ${number} visits`);
        // Nothing is left of it: what can be stored is, and the version is there.
        await visit(++number);
        if (kind === 'routes') {
          await until('data to be stored', async () => {
            const before = answers;
            await tab.fetch('data/same');
            return answers === before;
          });
        }
        server.mood = () => 'break';
        await tab.open('about.html');
        assert.deepEqual([(await tab.facts()).page, (await tab.facts()).fault], ['about', null], 'offline');
      });
    }

    for (const [kind, toml] of Object.entries(KINDS))
      it(`${kind}: offline, a read that fails once loses nothing`, { timeout: 300_000 }, async (t) => {
        const site = await makeSite({ edits: { 'keepfresh.toml': toml } });
        t.after(() => site.close());
        const server = await serve(site.dist, behind(breakable));
        t.after(() => server.close());
        const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
        t.after(() => tab.close());
        const visit = async (number) => {
          await tab.open(number % 2 ? 'about.html' : '');
          const { page, image, late, fault } = await tab.facts();
          assert.deepEqual(
            [page, image, late, fault],
            [number % 2 ? 'about' : 'home', 'shown', 'version-1', null],
            `${number}`,
          );
        };
        await tab.open();
        await tab.controlled();
        await visit(0);
        server.mood = () => 'break';
        await tab.run(say, { breaks: {} });
        await visit(1);
        const { calls } = await tab.run(say, { breaks: {} });
        let broken = 0;
        for (let at = 0; at < calls; at++) {
          await tab.run(say, { breaks: { after: at, once: true } });
          await visit(at);
          broken += (await tab.run(say, { breaks: {} })).broken;
        }
        assert.ok(broken > 0, 'nothing broke');
      });

    it('a database that never opens is no fault of a page', { timeout: 120_000 }, async (t) => {
      const site = await makeSite({ edits: { 'keepfresh.toml': UNOPENED } });
      t.after(() => site.close());
      let answers = 0;
      const silent = behind('indexedDB.open = () => ({});');
      const server = await serve(site.dist, silent, 'no-store', (request, response) => {
        if (!/^\/(data|send)/.test(request.url)) return false;
        response.writeHead(200, { 'cache-control': 'max-age=600' }).end(`${++answers}`);
        return true;
      });
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      const text = async (path, init) => (await tab.fetch(path, init)).text;
      assert.equal(await text('send', { method: 'POST', body: 'one' }), '1');
      assert.equal(await text('send', { method: 'POST', body: 'two' }), '2');
      const first = await text('data/a');
      await until('it to be stored', async () => (await text('data/a')) === (await text('data/a')));
      const forget = (path) => tab.run(async (path) => (await import(path)).invalidate({ tag: 'data' }), `/${path}`);
      assert.equal(await forget(site.built('js/window.js')), 1);
      assert.notEqual(await text('data/a'), first);
    });
  });
}
