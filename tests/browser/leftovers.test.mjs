// A site that had another worker: what that one has stored is taken over, and what nobody needs any more is removed.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab, takenOver } from './tab.mjs';
import { until } from './until.mjs';

/** What the fixture loads that no fingerprint is put into: the bytes are the same under both names. */
const LEAVES = ['css/palette.css', 'img/dot.svg', 'img/leaf.svg', 'img/pattern.svg', 'js/shared.js'];

/** Workers as their users ship them, and what their caches are called. */
const OTHERS = {
  Workbox: [() => bundled('workbox'), 'workbox-precache-v2-'],
  Serwist: [() => bundled('serwist'), 'serwist-precache-v2-'],
  'a worker that names its caches as Angular does': [
    () => `self.addEventListener('install', (event) => event.waitUntil(
      caches.open('ngsw:/:0123:assets:app:cache').then((cache) => cache.addAll(${JSON.stringify(LEAVES)}))));`,
    'ngsw:/:',
  ],
};

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    for (const [name, [worker, prefix]] of Object.entries(OTHERS)) {
      it(`after ${name}, what is stored is not fetched again`, { timeout: 120_000 }, async (t) => {
        const site = await makeSite();
        t.after(() => site.close());
        await site.replace('sw.js', await worker());
        const tab = await openTab(browser.driver, site);
        t.after(() => tab.close());
        await tab.open();
        await tab.until('the other worker', async () => (await navigator.serviceWorker.ready).active !== null);
        const names = () => tab.run(() => caches.keys());
        assert.ok((await names()).some((known) => known.startsWith(prefix)));
        await tab.run(async () => void (await caches.open('of the page')));

        await site.deploy({ 'img/leaf.svg': (text) => `${text}<!-- newer -->` });
        await site.requests();
        await tab.run(async () => void (await (await navigator.serviceWorker.ready).update()));
        await tab.until('ours to be installed', async () => {
          const { active, installing, waiting } = await navigator.serviceWorker.ready;
          return !installing && (waiting ?? active).state !== 'installing';
        });
        const built = LEAVES.map((path) => site.built(path));
        await until('the assets', async () => {
          const stored = await tab.stored();
          return built.every((path) => stored.includes(path));
        });
        const asked = (await site.requests()).map((line) => line.split(' ')[1].slice(1));
        assert.deepEqual(
          built.filter((path) => asked.includes(path)),
          [site.built('img/leaf.svg')],
          'only what has changed is fetched',
        );

        await tab.close();
        const next = await takenOver(() => openTab(browser.driver, site));
        t.after(() => next.close());
        // A browser may stop a worker that has no page: what it has not come to is done when one is shown. And the other worker
        // may have been about to open its cache once more: then that is there again, and has nothing in it.
        await next.until(
          'what the other worker has stored to be gone',
          async (start) => {
            const known = await caches.keys();
            for (const name of known.filter((name) => name.startsWith(start))) {
              const { length } = await (await caches.open(name)).keys();
              if (length > 0) throw new Error(`there is ${known}, with ${length} entries in ${name}`);
            }
            return known.includes('of the page');
          },
          prefix,
        );
      });
    }

    it('a worker that only takes itself away lets ours be', { timeout: 120_000 }, async (t) => {
      const site = await makeSite({ edits: { 'leaves.js': LEAVES_ALONE } });
      t.after(() => site.close());
      const tab = await openTab(browser.driver, site);
      t.after(() => tab.close());
      await tab.open();
      // With each visit, as applications of Flutter do.
      const register = (scope) =>
        navigator.serviceWorker.register('leaves.js?v=1', { scope }).then(
          () => 'registered',
          (error) => error.name,
        );
      assert.equal(await tab.run(register, './'), 'TypeError', 'while ours is new');
      await tab.open();
      await tab.controlled();
      assert.equal(await tab.run(register, './'), 'TypeError', 'while ours is in charge');
      assert.match(await tab.run(() => navigator.serviceWorker.controller.scriptURL), /\/sw\.js$/);
      // Where ours is not in charge it does what it is there for.
      assert.equal(await tab.run(register, './elsewhere/'), 'registered');
    });
  });
}

/** As Flutter writes one. */
const LEAVES_ALONE = `'use strict';
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('activate', (event) => event.waitUntil(self.registration.unregister()));`;

/** The worker that the benchmarks measure, with a list of the fixture's files by their own names. */
async function bundled(name) {
  const manifest = ['index.html', ...LEAVES].map((url) => ({ url, revision: 'r1' }));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../../benches/start/workers/${name}.mjs`, import.meta.url))],
    bundle: true,
    define: { __MANIFEST__: JSON.stringify(manifest), 'process.env.NODE_ENV': '"production"' },
    format: 'iife',
    write: false,
  });
  return outputFiles[0].text;
}
