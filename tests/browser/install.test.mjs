// Installs at a server that has its moods: what it does not give at once, breaks off, or sends elsewhere.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A tab at a server of its own; `moods(path)` may keep it from answering as it should. */
    const visit = async (t, moods, edits) => {
      const site = await makeSite({ edits });
      t.after(() => site.close());
      const server = await serve(site.dist, moods);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      return { server, site, tab };
    };

    it('several files are fetched at once', { timeout: 120_000 }, async (t) => {
      const { server, tab } = await visit(t, () => pause(100));
      await tab.open();
      await tab.controlled();
      assert.ok(server.most >= 3, `${server.most} at once`);
    });

    it('of two files with the same bytes each has its own type, after an update as well', async (t) => {
      const link = '<link rel="stylesheet" href="css/none.css"></head>';
      const edits = { 'css/none.css': ' ', 'index.html': (text) => text.replace('</head>', link) };
      const { site, tab } = await visit(t, () => undefined, edits);
      await tab.open();
      await tab.controlled();
      const script = '<script type="module" src="js/none.js"></script></head>';
      await site.deploy({ 'js/none.js': ' ', 'index.html': (text) => text.replace('</head>', script) });
      await tab.takeOver();
      const [sheet, code] = [site.built('css/none.css'), site.built('js/none.js')];
      const typeOf = async (path) => (await caches.match(new URL(path, document.baseURI))).headers.get('content-type');
      assert.match(await tab.run(typeOf, sheet), /css/);
      assert.match(await tab.run(typeOf, code), /javascript/);
    });

    // Measured: all of it is there while the first install goes on, and gone when that has failed.
    const skip = engine === 'WebKit' && 'it empties the caches of a first install that fails';
    it('an install that broke off goes on where it stopped', { skip, timeout: 120_000 }, async (t) => {
      let isDown = true;
      const { server, site, tab } = await visit(t, () => undefined);
      const late = site.built('js/late.js');
      // It is asked for several times, by the worker and by some browsers: the others are there by then.
      server.mood = (path) => isDown && path === `/${late}` && pause(100, 'break');
      await tab.open();
      await until('the install to fail', () => server.broken > 0);
      await tab.until('nothing to be installing', async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return !registration?.installing && !registration?.active;
      });
      const stored = await tab.stored();
      assert.ok(stored.length > 0 && !stored.includes(late), String(stored));

      isDown = false;
      server.byWorker.length = 0;
      await tab.open();
      await tab.controlled();
      assert.ok((await tab.stored()).includes(late));
      const again = stored.filter((path) => server.byWorker.includes(`/${path}`));
      assert.deepEqual(again, [], 'what the first try has stored is not fetched by the second');
      assert.ok(server.byWorker.includes(`/${late}`));
    });

    for (const vary of ['*', 'Accept-Encoding, User-Agent', 'accept']) {
      it(`what says that it varies by ${vary} is stored all the same, and found`, { timeout: 120_000 }, async (t) => {
        // Firefox itself keeps scripts of workers in a cache that takes none of these.
        const isScript = (path) => /^\/(sw\.js|keepfresh\/\w+\.kf\.\w+\.js)$/.test(path);
        const { server, tab } = await visit(t, (path) => !isScript(path) && { vary });
        await tab.open();
        await tab.controlled();
        await server.close();
        await tab.open('about.html');
        const { page, image, fault } = await tab.facts();
        assert.deepEqual([page, image, fault], ['about', 'shown', null]);
      });
    }

    it('what is optional and cannot be had keeps nothing else from being stored', { timeout: 120_000 }, async (t) => {
      const names = [...'abcdefghijkl'].map((letter) => `more/${letter}.svg`);
      const isGone = (path) => /more\/[a-f]\./.test(path);
      const { site, tab } = await visit(t, (path) => isGone(path) && 'break', {
        'keepfresh.toml': '[precache]\noptional = ["more/*"]\npacks = false\n',
        'more.html': names.map((name) => `<img src=${name}>`).join(''),
        ...Object.fromEntries(names.map((name) => [name, `<svg xmlns="http://www.w3.org/2000/svg" id="${name}"/>`])),
      });
      await tab.open();
      await tab.controlled();
      const those = names.filter((name) => !isGone(`/${name}`)).map((name) => site.built(name));
      await until('the others to be stored', async () => {
        const stored = await tab.stored();
        return those.every((path) => stored.includes(path));
      });
    });

    it(
      'offline a version has all that it was installed with, whatever was stored since',
      { timeout: 120_000 },
      async (t) => {
        const edits = {
          'keepfresh.toml': '',
          // Named by a bundler, beside files that are not; and a module that keeps its name, for a map speaks of its folder.
          'lone.html':
            '<!doctype html><link rel="stylesheet" href="lone.3f9a1c2e.css"><script src="lone.7b2d9e4f.js"></script><p>',
          'lone.3f9a1c2e.css': 'p { color: rgb(1, 2, 3) }',
          'lone.7b2d9e4f.js': 'document.documentElement.dataset.lone = "runs"',
          'mapped.html':
            '<!doctype html><script type="importmap">{ "imports": { "lib/": "./lib/" } }</script><script type="module" src="lib/index.js"></script><p>',
          'lib/index.js': 'document.documentElement.dataset.mapped = "runs"',
        };
        // Of the server nothing may be used without asking it.
        const site = await makeSite({ edits });
        t.after(() => site.close());
        const server = await serve(site.dist, () => undefined, 'no-cache');
        t.after(() => server.close());
        const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
        const visited = async (path, name) => {
          await tab.open(path);
          await tab.until(path, (name) => document.documentElement.dataset[name] === 'runs', name);
        };
        for (let round = 0; round < 2; round++) {
          await visited('lone.html', 'lone');
          await visited('mapped.html', 'mapped');
        }
        // What is stored behind the answer is there by then.
        await pause(1000);
        await server.close();
        await visited('mapped.html', 'mapped');
        await visited('lone.html', 'lone');
        assert.equal(await tab.run(() => getComputedStyle(document.querySelector('p')).color), 'rgb(1, 2, 3)');
        assert.equal(await tab.run(async () => (await fetch('lone.7b2d9e4f.js')).status), 200);
      },
    );

    it('a precached page that is redirected is shown offline', { timeout: 120_000 }, async (t) => {
      const { server, tab } = await visit(t, (path) => path === '/about.html' && 'redirect');
      await tab.open();
      await tab.controlled();
      await server.close();
      await tab.open('about.html');
      assert.equal((await tab.facts()).page, 'about');
    });
  });
}
