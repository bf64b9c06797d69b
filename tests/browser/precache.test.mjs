// A worker that serves what is precached, and nothing else (`precache.only`).

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { ROOT } from '../../scripts/run.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const edits = { 'keepfresh.toml': '[precache]\nonly = true\n' };

test('its scripts are small', async (t) => {
  const site = await makeSite({ edits });
  t.after(() => site.close());
  const part = (name) => readdirSync(join(site.dist, 'keepfresh')).find((file) => file.startsWith(`${name}.kf.`));
  const bytes = (...paths) =>
    paths.reduce((sum, path) => sum + brotliCompressSync(readFileSync(join(site.dist, path))).length, 0);
  const [started, installed] = [bytes('sw.js', `keepfresh/${part('worker')}`), bytes(`keepfresh/${part('install')}`)];
  assert.ok(started <= 10_000, `${started} bytes of brotli at each start`);
  assert.ok(installed <= 17_130, `${installed} bytes of brotli for what installs`);
  const unpacks = brotliCompressSync(readFileSync(join(ROOT, 'target/wasm/keepfresh.install.wasm'))).length;
  assert.ok(unpacks <= 8192, `${unpacks} bytes of brotli for what unpacks`);
});

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    const visit = async (t, given = edits) => {
      const site = await makeSite({ edits: given });
      t.after(() => site.close());
      const tab = await openTab(browser.driver, site);
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      return { site, tab };
    };

    for (const [kind, more] of [
      ['only', edits],
      ['routes', {}],
    ])
      it(`${kind}: offline a page has what it asks for with a query`, { timeout: 120_000 }, async (t) => {
        const asks = (html) =>
          html
            .replace('</head>', '<link rel="stylesheet" href="css/late.css?v=3"></head>')
            .replace('</body>', '<script type="module" src="js/late.js?v=3"></script></body>');
        const { site, tab } = await visit(t, {
          ...more,
          'index.html': asks,
          'css/late.css': ':root { --late: yes }',
          'js/late.js': "document.documentElement.dataset.asked = 'yes';",
        });
        await site.stop();
        for (let times = 0; times < 2; times++) {
          await tab.open();
          await tab.until('the script', () => document.documentElement.dataset.asked === 'yes');
          const style = await tab.run(() =>
            getComputedStyle(document.documentElement).getPropertyValue('--late').trim(),
          );
          assert.equal(style, 'yes');
        }
      });

    it('offline every page opens whole, and another one is the offline page', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t);
      await site.stop();
      for (const [path, page] of [
        ['', 'home'],
        ['index.html?from=mail', 'home'],
        ['about.html', 'about'],
        ['about', 'about'],
      ]) {
        await tab.open(path);
        const facts = await tab.facts();
        assert.deepEqual([facts.page, facts.image, facts.fault], [page, 'shown', null], path);
      }
      await tab.open('nowhere');
      assert.equal((await tab.facts()).page, 'offline');
      await assert.rejects(tab.fetch('data/news.json'), 'data is not its business');
    });

    it('a page whose name begins as that of a file is a page', { timeout: 120_000 }, async (t) => {
      const files = ['js/policies-B4x9kQ2a.js', 'js/parts-C8dTz1Xy.js'];
      const scripts = files.map((file) => `<script src="${file}"></script>`).join('');
      const given = { ...edits, ...Object.fromEntries(files.map((file) => [file, `void "${file}";`])) };
      const { site, tab } = await visit(t, {
        ...given,
        'index.html': (html) => html.replace('</head>', `${scripts}</head>`),
      });
      assert.match(readFileSync(join(site.dist, 'sw.js'), 'utf8'), /"js\/policies-"/);
      await site.stop();
      await tab.open('js/policies-of-ours');
      assert.equal((await tab.facts()).page, 'offline');
    });

    it('what is precached is not asked for, all else is', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t);
      await site.requests();
      await tab.open('about.html');
      await tab.facts();
      await tab.fetch('data/news.json');
      const asked = (await site.requests()).filter((line) => !/sw\.js|news|favicon/.test(line));
      assert.deepEqual(asked, []);
      const { status, source } = await tab.report('about.html');
      assert.deepEqual([status, source], ['keepfresh; hit', 'cache']);
    });

    it('a new version takes the place of the old one whole', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t);
      const before = await tab.facts();
      await site.deploy((text) => text.replaceAll(before.html, 'next'));
      await tab.run(async () => (await navigator.serviceWorker.ready).update());
      await until('the new version to be in charge', async () => {
        await tab.run(async () =>
          (await navigator.serviceWorker.ready).waiting?.postMessage({ type: 'keepfresh:activate' }),
        );
        await tab.open();
        return (await tab.facts()).html === 'next';
      });
      await site.stop();
      await tab.open('about.html');
      assert.equal((await tab.facts()).html, 'next');
    });

    it('a part of a file is a part of it', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t, {
        ...edits,
        'parts/a.bin': '0123456789',
        'js/app.js': (text) => `${text}\nself.part = new URL('../parts/a.bin', import.meta.url);`,
      });
      const path = site.built('parts/a.bin');
      assert.match(path, /\.kf\./);
      await tab.untilStored(path);
      const { status, text } = await tab.fetch(path, { headers: { range: 'bytes=2-4' } });
      assert.deepEqual([status, text], [206, '234']);
    });

    it('pages that were lost are fetched, and kept again', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t);
      const lose = async () => {
        for (const name of await caches.keys()) if (name.includes(':pages:')) await caches.delete(name);
      };
      await tab.run(lose);
      // Whoever looks does so once, each time that a worker is started: pages that ask for it are told, too.
      await tab.open('about.html');
      await tab.untilStored('about.html');
      await site.stop();
      await tab.open('about.html');
      assert.equal((await tab.facts()).page, 'about');
    });

    it('an asset that was lost is fetched, and kept again', { timeout: 120_000 }, async (t) => {
      const { site, tab } = await visit(t);
      const lost = site.built('js/app.js');
      await tab.run(async (path) => {
        for (const name of await caches.keys()) await (await caches.open(name)).delete(new URL(path, document.baseURI));
      }, lost);
      // Chromium's static routes send a miss to the network by themselves: media is not among them, fetches of pages are.
      assert.equal((await tab.fetch(lost)).status, 200);
      if (engine !== 'Chromium') await tab.untilStored(lost);
    });
  });
}
