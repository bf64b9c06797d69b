// How much the worker keeps of what routes answer with, how long, and by which names it forgets it.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const ROUTES = {
  entries: 'maxEntries = 5',
  bytes: 'maxBytes = 2000',
  // Long enough for what comes next to be done in time on a machine that has other things to do.
  short: 'keepSeconds = 10',
  tagged: 'tags = ["account", "b"]',
  validated: 'keepSeconds = 10\nmaxAgeSeconds = 0\nheaders = "override"',
  plain: '',
};
const route = ([name, says]) => `[[routes]]\npath = "${name}/*"\npolicy = "cache-first"\n${says}\n`;
const numbers = (count, from = 0) => Array.from({ length: count }, (_, index) => from + index);
const file = (name, number) => `${name}/${number}.json`;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site with a route for each kind, served with moods, and a tab whose page is controlled. */
    const visit = async (t, toml = '') => {
      const state = { mood: () => '' };
      const text = (name, number) => JSON.stringify(`${number}`.padEnd(name === 'bytes' && number === 4 ? 1500 : 300));
      const files = Object.keys(ROUTES).flatMap((name) =>
        numbers(12).map((number) => [file(name, number), text(name, number)]),
      );
      const settings = [toml, ...Object.entries(ROUTES).map(route)].join('\n');
      const site = await makeSite({ edits: { ...Object.fromEntries(files), 'keepfresh.toml': settings } });
      t.after(() => site.close());
      const server = await serve(site.dist, (path) => state.mood(path), 'max-age=600');
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      Object.assign(state, { server, site, tab });
      /** Fetches files one after the other. */
      state.ask = async (name, all) => {
        for (const number of all) await tab.fetch(file(name, number));
      };
      /** Which files of a route are stored. */
      state.kept = async (name) => {
        const stored = await tab.stored();
        return numbers(12).filter((number) => stored.includes(file(name, number)));
      };
      state.untilKept = (name, expected) =>
        until(`${name} to be ${expected}`, async () => {
          const kept = await state.kept(name);
          return JSON.stringify(kept) === JSON.stringify(expected) || assert.fail(JSON.stringify(kept));
        });
      return state;
    };
    const window = (tab, name, ...args) =>
      tab.run(
        async (name, args) => (await import(new URL('js/window.js', document.baseURI)))[name](...args),
        name,
        args,
      );

    it('what is used stays when there are too many', { timeout: 120_000 }, async (t) => {
      const { ask, untilKept } = await visit(t);
      await ask('entries', [0, 1, 2]);
      await untilKept('entries', [0, 1, 2]);
      await ask('entries', [0, 2]);
      for (const [number, left] of [
        [3, [0, 1, 2, 3]],
        [4, [0, 1, 2, 3, 4]],
        [5, [0, 2, 3, 4, 5]],
        [6, [0, 2, 4, 5, 6]],
        [7, [0, 2, 5, 6, 7]],
      ]) {
        await ask('entries', [number]);
        await untilKept('entries', left);
      }
    });

    it('what is large goes before what is small', { timeout: 120_000 }, async (t) => {
      const { ask, untilKept } = await visit(t);
      // 302 bytes each, but for one of 1,502.
      for (const [number, left] of [
        [0, [0]],
        [4, [0, 4]],
        [1, [0, 1]],
        [2, [0, 1, 2]],
        [3, [0, 1, 2, 3]],
        [5, [0, 1, 2, 3, 5]],
        [6, [0, 1, 2, 3, 5, 6]],
        [7, [1, 2, 3, 5, 6, 7]],
      ]) {
        await ask('bytes', [number]);
        await untilKept('bytes', left);
      }
    });

    it('what is kept for a time is gone then', { timeout: 120_000 }, async (t) => {
      const { ask, tab, untilKept } = await visit(t);
      await ask('short', [0, 1]);
      await untilKept('short', [0, 1]);
      await new Promise((resolve) => setTimeout(resolve, 10_200));
      const statusOfFirst = () =>
        tab.run(async (url) => (await fetch(url)).headers.get('cache-status'), file('short', 0));
      assert.match(await statusOfFirst(), /fwd=uri-miss/, 'it is not served');
      // What is still being stored goes with the old one, if something else is entered meanwhile.
      await until('it to be stored anew', async () => /; hit/.test(await statusOfFirst()));
      await ask('plain', [0]);
      await untilKept('short', [0]);
    });

    it('what was validated is kept anew', { timeout: 120_000 }, async (t) => {
      const { ask, tab, untilKept } = await visit(t);
      await ask('validated', [0, 1]);
      await untilKept('validated', [0, 1]);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const ofFirst = () =>
        tab.run(async (url) => (await fetch(url)).headers.get('cache-status'), file('validated', 0));
      assert.match(await ofFirst(), /fwd-status=304/);
      await new Promise((resolve) => setTimeout(resolve, 5200));
      await ask('plain', [0]);
      await untilKept('validated', [0]);
      assert.match(await ofFirst(), /fwd-status=304/);
    });

    it('what has a tag is forgotten by it', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { ask, server, tab, untilKept } = state;
      await ask('tagged', [0, 1]);
      await ask('plain', [0]);
      await untilKept('tagged', [0, 1]);
      await untilKept('plain', [0]);
      assert.equal(await window(tab, 'invalidate', { tag: 'none' }), 0);
      assert.equal(await window(tab, 'invalidate', { tag: 'account' }), 2);
      assert.deepEqual([await state.kept('tagged'), await state.kept('plain')], [[], [0]]);

      // What was asked for before, and comes after, is not kept.
      let go;
      state.mood = (path) => path.startsWith('/tagged/') && new Promise((resolve) => (go = resolve));
      const underWay = tab.run(
        (url) => void (globalThis.underWay = fetch(url).then((one) => one.text())),
        `/${file('tagged', 2)}`,
      );
      await underWay;
      await until('it to be asked for', () => go);
      assert.equal(await window(tab, 'invalidate', { tag: 'b' }), 0);
      go();
      await until('it to come', () => server.now === 0);
      state.mood = () => '';
      await ask('tagged', [3]);
      await untilKept('tagged', [3]);
    });

    it('all routes together have a budget', { timeout: 120_000 }, async (t) => {
      const { ask, kept } = await visit(t, '[budget]\nmax-entries = 6\n');
      await ask('plain', numbers(12));
      await ask('entries', numbers(4));
      await until('six to be left', async () => {
        const left = [...(await kept('plain')), ...(await kept('entries'))];
        return left.length === 6 || assert.fail(left.join());
      });
    });

    // Only Chromium lets a test say how much room there is.
    it(
      'where there is no room, what is worth least goes',
      { skip: engine !== 'Chromium', timeout: 120_000 },
      async (t) => {
        for (const toml of ['[budget]\nmax-entries = 100\n', '']) {
          const { server, tab, kept } = await visit(t, toml);
          // A tenth of it is what pages, assets and IndexedDB take.
          const big = 'x'.repeat(1_000_000);
          const put = (count) =>
            tab.run(
              async (count, text) => {
                const cache = await caches.open('elsewhere');
                for (let i = 0; i < count; i++) await cache.put(`/fill/${i}`, new Response(text));
                return (await navigator.storage.estimate()).usage;
              },
              count,
              big,
            );
          for (const number of numbers(6)) await tab.fetch(file('plain', number));
          await until('six to be stored', async () => (await kept('plain')).length === 6);
          const usage = await put(3);
          const { origin } = new URL(server.url);
          await browser.devTools('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 200 });
          t.after(() => browser.devTools('Storage.overrideQuotaForOrigin', { origin }));
          const { text } = await tab.fetch(file('plain', 7));
          assert.match(text, /^"7/, 'the page has its answer');
          await until('it to be stored in the place of another', async () => {
            const all = await kept('plain');
            return (all.includes(7) && all.length < 7) || assert.fail(all.join());
          });
          await browser.devTools('Storage.overrideQuotaForOrigin', { origin });
        }
      },
    );

    it('without a ledger everything is answered and kept', { timeout: 120_000 }, async (t) => {
      const { ask, tab, untilKept } = await visit(t);
      await ask('entries', [0]);
      await untilKept('entries', [0]);
      // As when the user clears it, or the browser does.
      await tab.run(async () => {
        for (const { name } of await indexedDB.databases()) {
          await new Promise((resolve) => (indexedDB.deleteDatabase(name).onsuccess = resolve));
        }
      });
      await ask('entries', [1, 2]);
      await untilKept('entries', [0, 1, 2]);
    });
  });
}
