// What keepfresh promises to a site, as stories that visitors live through; the same in every engine.
//
// KEEPFRESH_ENGINES=Chromium,Firefox chooses engines, KEEPFRESH_BIN names the program that builds and serves.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab, takenOver } from './tab.mjs';
import { until } from './until.mjs';

/** What a page of the fixture says of itself when nothing is amiss and nothing is of another version. */
const whole = (page, version = 'version-1') => ({
  page,
  html: version,
  style: version,
  palette: version,
  heading: 'rgb(1, 2, 3)',
  script: version,
  late: version,
  image: 'shown',
  fault: null,
});

/** What the pages of the fixture load that has a fingerprint. */
const ASSETS = [
  'css/palette.css',
  'css/site.css',
  'img/dot.svg',
  'img/leaf.svg',
  'img/pattern.svg',
  'js/app.js',
  'js/late.js',
  'js/shared.js',
  'js/window.js',
];

const FINGERPRINTED = /\.kf\.[0-9a-f]{20}\./;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A story happens at a site of its own: nothing is stored there, and nobody has been there. */
    const story = (name, ...rest) => {
      const [steps, options] = rest.reverse();
      it(name, { timeout: 120_000, ...options }, async (t) => {
        const site = await makeSite({ edits: options?.edits });
        const tabs = [];
        const newTab = async () => {
          tabs.push(await openTab(browser.driver, site));
          return tabs.at(-1);
        };
        t.after(async () => {
          for (const tab of tabs) await tab.close();
          await site.close();
        });
        await steps({ site, newTab });
      });
    };

    story('the first visit installs a worker, and the next page is controlled by it', async ({ newTab }) => {
      const tab = await newTab();
      await tab.open();
      assert.deepEqual(await tab.facts(), whole('home'));
      await tab.controlled();

      await tab.reload();
      assert.deepEqual(await tab.facts(), whole('home'));
      assert.ok(await tab.run(() => navigator.serviceWorker.controller !== null));
    });

    story('a second visit takes assets from the store', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      const stored = await tab.stored();
      for (const path of ASSETS) assert.ok(stored.includes(site.built(path)), `${path} is stored`);

      await site.requests();
      await tab.open('about.html');
      assert.deepEqual(await tab.facts(), whole('about'));
      const asked = await site.requests();
      assert.deepEqual(
        asked.filter((line) => FINGERPRINTED.test(line)),
        [],
      );
      // Not every engine reports what it took from memory.
      for (const path of ['js/app.js', 'js/late.js']) {
        const { source } = await tab.report(site.built(path));
        assert.notEqual(source, 'network', path);
      }
    });

    story('offline, every page of the site opens whole', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      await site.stop();
      const cases = [
        // path             page     how the worker came by it
        ['', 'home', 'offline'],
        ['index.html', 'home', 'offline'],
        ['?utm_source=x', 'home', 'offline'],
        ['about.html', 'about', 'offline'],
        ['about', 'about', 'offline'],
        ['docs', 'docs', 'offline'],
        ['docs/', 'docs', 'offline'],
        ['docs/index.html', 'docs', 'offline'],
        ['nowhere', 'offline', 'offline-fallback'],
        ['nowhere/at/all', 'offline', 'offline-fallback'],
      ];
      for (const [path, page, detail] of cases) {
        await tab.open(path);
        assert.deepEqual(await tab.facts(), whole(page), path);
        const { status } = await tab.report(path);
        assert.equal(status, `keepfresh; fwd=bypass; detail=${detail}`, path);
      }
    });

    story('offline, data comes as it was when it was last fetched', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      const online = await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      await site.stop();

      const offline = await tab.fetch('data/news.json');
      assert.equal(offline.text, online.text);
      assert.match(offline.cacheStatus, /^keepfresh; hit; ttl=-?\d+; detail=stale-while-revalidate$/);
      await assert.rejects(tab.fetch('data/never-fetched.json'));
    });

    // WebKit adds the validators of a copy from before the worker: a bare 304 would be nothing to keep.
    const kept = {
      edits: { 'keepfresh.toml': (text) => `${text}\n[precache]\nexclude = ["about.html"]\n` },
    };
    story('offline, a page that was visited opens though it was not precached', kept, async ({ site, newTab }) => {
      const tab = await newTab();
      await tab.open('about.html');
      await tab.controlled();
      await tab.open();
      await tab.open('about.html');
      await tab.facts();
      await tab.open();
      await site.stop();
      await tab.open('about.html');
      assert.deepEqual(await tab.facts(), whole('about'));
    });

    story('stale data is served at once and renewed for the next time', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      const first = await tab.fetch('data/news.json');
      assert.equal(first.cacheStatus, 'keepfresh; fwd=uri-miss; fwd-status=200; stored');
      await tab.untilStored('data/news.json');

      await site.replace('data/news.json', '{ "news": "second edition" }');
      const second = await tab.fetch('data/news.json');
      assert.equal(second.text, first.text);
      assert.match(second.cacheStatus, /^keepfresh; hit; ttl=-?\d+; detail=stale-while-revalidate$/);
      await until('the second edition', async () =>
        (await tab.fetch('data/news.json')).text.includes('second edition'),
      );
    });

    story('what says no-store is never stored', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      await site.requests();
      for (const _ of ['once', 'twice']) {
        const { status, cacheStatus } = await tab.fetch('data/secret.json');
        assert.deepEqual(
          { status, cacheStatus },
          { status: 200, cacheStatus: 'keepfresh; fwd=uri-miss; fwd-status=200; detail=no-store' },
        );
      }
      assert.deepEqual(await askedOf(site), Array(2).fill('GET /data/secret.json 200'));

      // By the time that this one is stored, the others would be.
      await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      assert.ok(!(await tab.stored()).some((path) => path.includes('secret')));
    });

    story('a new version never mixes with the old one', async ({ site, newTab }) => {
      const old = await visit(newTab);
      const tab = await newTab();
      await tab.open();
      const oldAssets = ASSETS.map((path) => site.built(path));

      await site.deploy((text) => text.replaceAll('version-1', 'version-2'));
      await tab.reload();
      assert.deepEqual(await tab.facts(), whole('home', 'version-2'));
      for (const path of oldAssets) {
        assert.equal((await old.fetch(path)).status, 200, `${path}, for a tab of the old version`);
      }
      await tab.until('the new version to be installed', async () => {
        const registration = await navigator.serviceWorker.ready;
        return registration.waiting?.state === 'installed';
      });

      // Until the tabs of the old version are closed, either may be shown offline, but whole.
      await site.stop();
      await tab.open('about.html');
      const facts = await tab.facts();
      assert.deepEqual(facts, whole('about', facts.html));

      await site.start();
      await old.close();
      await tab.close();
      const next = await takenOver(newTab);
      await site.stop();
      for (const [path, page] of [
        ['', 'home'],
        ['about.html', 'about'],
        ['docs/', 'docs'],
        ['nowhere', 'offline'],
      ]) {
        await next.open(path);
        assert.deepEqual(await next.facts(), whole(page, 'version-2'), path);
      }
    });

    story('an asset that is missing on the server costs nothing but itself', async ({ site, newTab }) => {
      site.remove(site.built('img/leaf.svg'));
      const tab = await visit(newTab);
      await site.stop();
      for (const [path, page] of [
        ['', 'home'],
        ['about.html', 'about'],
      ]) {
        await tab.open(path);
        assert.deepEqual(await tab.facts(), { ...whole(page), image: 'broken' }, path);
      }
    });

    story('an asset that is damaged on the server is not stored', async ({ site, newTab }) => {
      const damaged = site.built('img/leaf.svg');
      await site.replace(damaged, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40" />');
      const tab = await visit(newTab);
      await tab.open('about.html'); // Asks for it again, with a worker in control.
      await tab.facts();

      // By the time that this one is stored, the other would be.
      await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      const stored = await tab.stored();
      assert.ok(stored.includes(site.built('img/dot.svg')));
      assert.ok(!stored.includes(damaged));
    });

    story('a script is served untouched, and the log tells of it', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      const path = site.built('js/app.js');
      const { status, url, cacheStatus } = await tab.fetch(path);
      assert.deepEqual({ status, url, cacheStatus }, { status: 200, url: site.url(path), cacheStatus: null });

      const report = await tab.report(path);
      const expected = report.source === 'static-route' ? null : 'keepfresh; hit';
      assert.ok(['cache', 'static-route'].includes(report.source), report.source);
      assert.equal(report.status ?? null, expected);
    });

    story('a page survives the loss of every cache, and the next version brings all back', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      await tab.run(deleteCaches);
      for (const path of ['css/site.css', 'js/late.js']) {
        assert.equal((await tab.fetch(site.built(path))).status, 200, path);
      }
      await tab.reload();
      assert.deepEqual(await tab.facts(), whole('home'));
      await tab.open('about.html');
      assert.deepEqual(await tab.facts(), whole('about'));

      await site.deploy((text) => text.replaceAll('version-1', 'version-2'));
      await tab.open();
      for (const path of ASSETS) await tab.untilStored(site.built(path));
    });

    // In Chromium past the worker, for it follows static routes: the page tells it of that.
    story('what was lost from the store is stored again when it is asked for', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      await tab.run(async () => (await import(new URL('js/window.js', document.baseURI))).register());
      await tab.run(deleteCaches);
      for (const path of ['css/site.css', 'js/late.js']) {
        await tab.fetch(site.built(path));
        await tab.untilStored(site.built(path));
      }
    });

    story('what no version has is not looked for by every page', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      const heals = () =>
        tab.run(async () => {
          const { register } = await import(new URL('js/window.js', document.baseURI));
          const { controller } = navigator.serviceWorker;
          let count = 0;
          controller.postMessage = ({ type, isLost }) => (count += type === 'keepfresh:version-fill' && isLost);
          await register();
          await fetch('js/none.kf.0123456789abcdef0123.js').catch(() => {});
          await new Promise((resolve) => setTimeout(resolve, 3000));
          delete controller.postMessage;
          return count;
        });
      // Chromium has it in its timings; elsewhere the worker tells.
      assert.equal(await heals(), 1);
      await tab.reload();
      assert.equal(await heals(), 0);
    });

    story('a part of what is stored is cut from it', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      await tab.fetch('data/news.json');
      await until('the data is stored', async () => (await tab.stored()).includes('data/news.json'));
      await site.requests();
      const part = await tab.fetch('data/news.json', { headers: { range: 'bytes=2-5' } });
      assert.deepEqual([part.status, part.text?.length], [206, 4]);
      const several = await tab.fetch('data/news.json', { headers: { range: 'bytes=0-0,2-5' } });
      assert.equal(several.status, 200, 'the whole, in workers that the build writes');
      const beyond = await tab.fetch('data/news.json', { headers: { range: 'bytes=99999-' } });
      assert.equal(beyond.status, 416);
    });

    story('what no route is for passes untouched', async ({ site, newTab }) => {
      const tab = await visit(newTab);
      const cases = [
        // path            request                                status  is asked of the server
        ['img/leaf.svg', {}, 200, 'GET /img/leaf.svg '],
        ['about.html', {}, 200, 'GET /about.html '],
        ['data/news.json', { method: 'POST', body: 'x' }, 405, 'POST /data/news.json '],
        ['data/news.json', { cache: 'no-store' }, 200, 'GET /data/news.json '],
      ];
      for (const [path, init, status, asked] of cases) {
        await site.requests();
        const response = await tab.fetch(path, init);
        assert.deepEqual([response.status, response.cacheStatus], [status, null], asked);
        const lines = await askedOf(site);
        assert.ok(lines.length === 1 && lines[0].startsWith(asked), `${asked}: ${lines}`);
      }
      const stored = await tab.stored();
      assert.ok(!stored.includes('img/leaf.svg') && !stored.includes('data/news.json'));
    });
  });
}

/**
 * What the server was asked for, but for what happens a while after a visit: browsers look for another worker, and this one looks
 * whether anything was left for later, for which WebKit asks the server for the script.
 */
const askedOf = async (site) =>
  (await site.requests()).filter((line) => !/^GET \/(sw\.js|keepfresh\/install\.kf\.\w+\.js) /.test(line));

/** A tab after a first visit: everything is installed, and a worker controls the page that is open. */
async function visit(newTab) {
  const tab = await newTab();
  await tab.open();
  await tab.controlled();
  await tab.open();
  await tab.facts();
  return tab;
}

async function deleteCaches() {
  for (const name of await caches.keys()) await caches.delete(name);
}
