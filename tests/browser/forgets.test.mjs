// What a page has had forgotten is found by nobody who asks after that: not what was under way meanwhile, nor what was just
// being stored, nor what a version stored that knew of no tags.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { visitInFront } from './in-front.mjs';
import { until } from './until.mjs';

const toml = (tags) => `memory-bytes = 100000
[[routes]]
path = "api/*"
policy = "cache-first"
${tags}
`;
const TAGS = 'tags = ["account"]';

/** How often what can come at any moment is tried. */
const TIMES = 25;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A server that says how often it was asked, and waits with the head or the rest of it for as long as it is told. */
    const visit = (t, tags = TAGS) => {
      const answer = async ({ url }, response, state) => {
        if (!url.startsWith('/api/')) return false;
        const text = `${++state.asked}`.padEnd(2000);
        const [head, rest] = [state.head, state.rest];
        await head;
        // The browser's own cache keeps it, too.
        const headers = { 'cache-control': 'max-age=600', 'content-type': 'text/plain' };
        response.writeHead(200, { ...headers, 'content-length': text.length });
        response.write(text.slice(0, 1000));
        await rest;
        response.end(text.slice(1000));
        return true;
      };
      return visitInFront(t, browser, { edits: { 'keepfresh.toml': toml(tags) }, answer, asked: 0 });
    };
    const invalidate = (tab, what) =>
      tab.run(async (all) => (await import(new URL('js/window.js', document.baseURI))).invalidate(all), what);
    /** Begins to ask, and leaves what comes of it in the page. */
    const begin = (tab, path) =>
      tab.run((url) => {
        const { dataset } = document.documentElement;
        const read = async () => {
          const response = await fetch(url);
          dataset.head = 'there';
          dataset.begun = await response.text();
        };
        void read();
      }, path);
    const number = async (tab, path) => Number((await tab.fetch(path)).text);

    for (const what of ['api/one', { tag: 'account' }])
      for (const delayed of ['head', 'rest'])
        it(`${JSON.stringify(what)}, while its ${delayed} is on its way`, { timeout: 120_000 }, async (t) => {
          const state = await visit(t);
          const { tab } = state;
          let go;
          state[delayed] = new Promise((resolve) => (go = resolve));
          t.after(() => go());
          await begin(tab, 'api/one');
          await until('the server to be asked', () => state.asked === 1);
          if (delayed === 'rest') await tab.until('the head', () => document.documentElement.dataset.head === 'there');
          await invalidate(tab, what);
          state[delayed] = undefined;
          assert.equal(await number(tab, 'api/one'), 2, 'who asks after that has what is new');
          go();
          const first = await tab.until('who has asked before', () => document.documentElement.dataset.begun);
          assert.equal(Number(first), 1, 'who has asked before has what was there');
          assert.equal(await number(tab, 'api/one'), 2, 'and nobody else');
        });

    it('at any moment while something is stored', { timeout: 120_000 }, async (t) => {
      const { tab } = await visit(t);
      const seen = await tab.run(async (times) => {
        const { invalidate } = await import(new URL('js/window.js', document.baseURI));
        const ask = async () => Number(await (await fetch('api/one')).text());
        const wrong = [];
        for (let time = 0; time < times; time++) {
          const before = await ask();
          for (let rest = time % 5; rest > 0; rest--) await new Promise((resolve) => setTimeout(resolve));
          // Some are read from memory meanwhile.
          const others = time % 2 ? [ask(), ask()] : [];
          await invalidate(time % 3 ? { tag: 'account' } : 'api/*');
          const now = await ask();
          if (now <= before) wrong.push([time, before, now]);
          await Promise.all(others);
          const later = await ask();
          if (later < now) wrong.push([time, before, now, later]);
        }
        return wrong;
      }, TIMES);
      assert.deepEqual(seen, []);
    });

    it('what was stored before its route had a tag', { timeout: 120_000 }, async (t) => {
      const state = await visit(t, '');
      const { site, tab } = state;
      assert.equal(await number(tab, 'api/one'), 1);
      await tab.untilStored('api/one');
      await site.deploy({ 'keepfresh.toml': toml(TAGS) });
      await tab.takeOver();
      assert.equal(await number(tab, 'api/one'), 1);
      assert.equal(await invalidate(tab, { tag: 'account' }), 1);
      assert.equal(await number(tab, 'api/one'), 2);
    });

    it('what was asked for with a body before its route had a tag', { timeout: 120_000 }, async (t) => {
      const asking = (tags) => toml(`method = "POST"\nkeyBody = "bytes"\n${tags}`);
      const { site, tab } = await visit(t, `method = "POST"\nkeyBody = "bytes"`);
      const ask = async () => Number((await tab.fetch('api/one', { method: 'POST', body: 'me' })).text);
      assert.equal(await ask(), 1);
      await until('it to be stored', async () => (await tab.stored()).some((path) => path.includes('.keepfresh-body')));
      assert.equal(await ask(), 1);
      await site.deploy({ 'keepfresh.toml': asking(TAGS) });
      await tab.takeOver();
      assert.equal(await invalidate(tab, { tag: 'account' }), 1);
      assert.equal(await ask(), 2);
    });

    it("what the browser's own cache has, by a worker that was not there", { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { site, tab } = state;
      assert.equal(await number(tab, 'api/one'), 1);
      await tab.untilStored('api/one');
      assert.equal(await invalidate(tab, 'api/*'), 1);
      await site.deploy({ 'css/site.css': (text) => `${text}\n` });
      await tab.takeOver();
      assert.equal(await number(tab, 'api/one'), 2);
    });
  });
}
