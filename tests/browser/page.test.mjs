// What a page can ask of its worker: to forget something, and to let a new version take over.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site of its own, and a tab whose page is controlled. */
    const visit = async (t, edits = {}) => {
      const site = await makeSite({ edits });
      t.after(() => site.close());
      const newTab = async () => {
        const tab = await openTab(browser.driver, site);
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
        return tab;
      };
      return { newTab, site, tab: await newTab() };
    };

    it('of all requests is told, however many there are', { timeout: 120_000 }, async (t) => {
      const { tab } = await visit(t);
      await tab.open();
      const many = 700;
      // In between pages hear of some: browsers keep a few hundred, and so do workers.
      await tab.run(async (many) => {
        for (let n = 0; n < many; n += 50) {
          const some = Array.from({ length: 50 }, async (_, i) => (await fetch(`data/news.json?n=${n + i}`)).text());
          await Promise.all(some);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
      }, many);
      const told = await tab.until(
        'all to be told of',
        (many) => {
          const all = globalThis.reports.filter(({ url }) => url.includes('?n='));
          return all.length >= many && all.map(({ status }) => Boolean(status));
        },
        many,
      );
      assert.deepEqual([told.length, told.filter(Boolean).length], [many, many]);
    });

    it('a worker that is busy is asked again, before anything is told', { timeout: 120_000 }, async (t) => {
      const { tab } = await visit(t);
      await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      await tab.open();
      await tab.fetch('data/news.json');
      await tab.run(async () => {
        const { watchRequests } = await import(new URL('js/window.js', document.baseURI));
        const post = ServiceWorker.prototype.postMessage;
        const end = performance.now() + 1500;
        ServiceWorker.prototype.postMessage = function (said, ...rest) {
          const isLate = said.type === 'keepfresh:requests' && performance.now() < end;
          setTimeout(() => post.call(this, said, ...rest), isLate ? 2000 : 0);
        };
        watchRequests((reports) => {
          const { source } = reports.findLast(({ url }) => url.endsWith('data/news.json'));
          document.documentElement.dataset.sources ??= '';
          document.documentElement.dataset.sources += `${source} `;
        });
      });
      const sources = await tab.until('what it tells', () => document.documentElement.dataset.sources);
      assert.match(sources, /^(cache )+$/);
    });

    it('what is invalidated is asked for again', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t, {
        'data/more/a.json': '{}',
        'data/more/b.json': '{}',
        'data/other.json': '{}',
      });
      const paths = [
        'data/news.json',
        'data/news.json?page=2',
        'data/more/a.json',
        'data/more/b.json',
        'data/other.json',
      ];
      for (const path of paths) {
        await tab.fetch(path);
        await tab.untilStored(path);
      }
      const invalidate = (...urls) =>
        tab.run(async (all) => (await import(new URL('js/window.js', document.baseURI))).invalidate(...all), urls);
      assert.equal(await invalidate('data/news.json#top', 'data/more/*', 'data/none.json'), 4);
      const stored = await tab.stored();
      assert.deepEqual(
        paths.filter((path) => stored.includes(path)),
        ['data/other.json'],
      );
      assert.ok(stored.includes(site.built('js/app.js')), 'assets stay');

      await site.stop();
      await assert.rejects(tab.fetch('data/news.json'), 'nothing is left of it');
      assert.equal((await tab.fetch('data/other.json')).status, 200);
      await site.start();
      assert.equal((await tab.fetch('data/news.json')).status, 200);
    });

    it('a page is told of data that has changed, and of nothing else', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t, { 'data/other.json': '{}' });
      const path = 'data/news.json';
      const { text } = await tab.fetch(path);
      await tab.untilStored(path);
      await tab.fetch('data/other.json');
      await tab.untilStored('data/other.json');
      await tab.run(async () => {
        const { onUpdated } = await import(new URL('js/window.js', document.baseURI));
        document.documentElement.dataset.told = '';
        onUpdated((url) => (document.documentElement.dataset.told += `${url} `));
      });
      const told = () => tab.run(() => document.documentElement.dataset.told);
      const renewed = async (expected) => {
        await tab.fetch(path);
        await until('the store to be renewed', async () => (await tab.fetch(path)).text === expected);
      };

      // The same bytes, changed at another time; then others.
      await site.replace(path, text);
      await renewed(text);
      await site.replace('data/other.json', '{}');
      await tab.fetch('data/other.json');
      assert.equal(await told(), '');
      await site.replace(path, '{"news": "others"}');
      await renewed('{"news": "others"}');
      await until('the page to be told', async () => (await told()) === `${site.url(path)} `);
      await site.replace(path, '{"news": "0thers"}');
      await renewed('{"news": "0thers"}');
      const twice = `${site.url(path)} `.repeat(2);
      await until('the page to be told of as many bytes that are others', async () => (await told()) === twice);
    });

    it('what is warmed is there without the network', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t, { 'data/more/a.json': '{}' });
      const results = await tab.run(async () => {
        const { warm } = await import(new URL('js/window.js', document.baseURI));
        return warm('data/news.json', 'data/more/a.json', 'data/none.json', 'http://localhost:1/x', 'http://[');
      });
      assert.deepEqual(
        results.map(({ status, reason }) => [status, reason !== undefined]),
        [
          [200, false],
          [200, false],
          [404, false],
          [0, true],
          [0, true],
        ],
      );
      assert.equal(results[0].url, site.url('data/news.json'));
      for (const path of ['data/news.json', 'data/more/a.json']) await tab.untilStored(path);
      await site.stop();
      assert.equal((await tab.fetch('data/more/a.json')).status, 200);
    });

    it('a worker that is retired leaves nothing behind', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t);
      await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      await tab.run(async () => void (await caches.open('of the page')));
      await site.deploy({ 'keepfresh.toml': (text) => `retire = true\n${text}` });
      await tab.run(async () => void (await (await navigator.serviceWorker.ready).update()));
      await tab.until('the caches to be gone', async () => {
        const names = await caches.keys();
        if (String(names) === 'of the page') return true;
        const { active, installing, waiting } = (await navigator.serviceWorker.getRegistration()) ?? {};
        const states = [installing, waiting, active].map((worker) => worker?.state ?? 'none');
        throw new Error(`${names}; installing, waiting, active: ${states}`);
      });
      await tab.until(
        'the worker to be gone',
        async () => (await navigator.serviceWorker.getRegistrations()).length === 0,
      );
      await tab.close();

      // Pages that still register it are none the worse.
      const next = await openTab(browser.driver, site);
      t.after(() => next.close());
      await next.open('about.html');
      assert.equal((await next.facts()).page, 'about');
      await until('it to be gone again', () =>
        next.run(async () => (await navigator.serviceWorker.getRegistrations()).length === 0),
      );

      await site.deploy({ 'keepfresh.toml': (text) => text.replace('retire = true', '') });
      const last = await openTab(browser.driver, site);
      t.after(() => last.close());
      await last.open();
      // WebKit may run a worker after that, and list none.
      await last.until('a worker again', () => navigator.serviceWorker.controller?.state === 'activated');
    });

    it('a new version takes over in all tabs when one says so', { timeout: 120_000 }, async (t) => {
      const { newTab, site, tab } = await visit(t);
      const other = await newTab();
      const listen = () =>
        import(new URL('js/window.js', document.baseURI)).then(({ onUpdate }) => {
          onUpdate((update) => {
            document.documentElement.dataset.update = 'there';
            document.addEventListener('apply', () => update.apply());
          });
        });
      for (const one of [tab, other]) await one.run(listen);
      assert.equal(await tab.run(() => document.documentElement.dataset.update ?? null), null);

      await site.deploy((text) => text.replaceAll('version-1', 'version-2'));
      await tab.run(async () => void (await (await navigator.serviceWorker.ready).update()));
      for (const one of [tab, other]) {
        await one.until('the page to be told', () => document.documentElement.dataset.update === 'there');
        assert.equal((await one.facts()).script, 'version-1', 'nothing happens by itself');
      }
      // What a page evaluates ends when it is reloaded.
      await tab.run(() => void setTimeout(() => document.dispatchEvent(new Event('apply')), 0)).catch(() => {});
      for (const one of [tab, other]) {
        await until('the tab to show the new version', async () => (await one.facts()).script === 'version-2');
      }
      assert.equal(await tab.run(async () => (await navigator.serviceWorker.ready).waiting), null);
    });
  });
}
