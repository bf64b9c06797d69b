// First installs that something comes in between of: the next release, a page that wants no worker, two releases behind one name.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { damages } from './damages.mjs';
import { inBrowser } from './cases.mjs';
import { coin, filesIn, give, isOfWorker, KINDS, pathOf } from './deploys.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const nextOf = (text, path) => (path.endsWith('.toml') ? text : text.replaceAll('version-1', 'version-2'));
const isFetched = (path) => !isOfWorker(path);

/** In the page. */
const noInstall = async () => !(await navigator.serviceWorker.getRegistration())?.installing;

/** In the page. */
const lookForUpdate = async () => void (await (await navigator.serviceWorker.ready).update().catch(() => {}));

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 900_000 }, () => {
    const { browser, it } = inBrowser(engine);

    for (const [kind, toml] of Object.entries(KINDS)) {
      const story = (name, steps) =>
        it(`${kind}: ${name}`, { timeout: 180_000 }, async (t) => {
          const site = await makeSite({ edits: { 'keepfresh.toml': toml } });
          t.after(() => site.close());
          const state = { answers: () => false };
          const server = await serve(
            site.dist,
            () => undefined,
            'no-store',
            (...all) => state.answers(...all),
          );
          t.after(() => server.close());
          const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
          t.after(() => tab.close());
          await steps({ server, site, state, tab });
        });

      /** What an installing worker asks for waits until it is let go. */
      const held = (server, state) => {
        let letGo;
        const free = new Promise((resolve) => (letGo = resolve));
        server.mood = (path, isWorker) => (isWorker && isFetched(path) ? free.then(() => undefined) : undefined);
        return letGo;
      };

      const whole = async (tab, version) => {
        for (const path of ['', 'about.html']) {
          await tab.open(path);
          const { html, style, palette, script, late, image, fault } = await tab.facts();
          assert.deepEqual(
            [html, style, palette, script, late, image, fault],
            [...Array(5).fill(version), 'shown', null],
          );
        }
      };

      /** Until a version is installed and in charge, whole, and there without a network. */
      const arrives = async ({ server, site, tab }, version) => {
        await until(
          version,
          async () => {
            await tab.open();
            await tab.registered();
            await tab.run(async () => {
              const registration = await navigator.serviceWorker.getRegistration();
              await registration?.update().catch(() => {});
              registration?.waiting?.postMessage({ type: 'keepfresh:activate' });
            });
            await tab.until('no install', noInstall);
            return (await tab.run(damages, site.version)).length === 0;
          },
          300,
        );
        await tab.until('it to be in charge', async () => {
          const { active, installing, waiting } = await navigator.serviceWorker.ready;
          waiting?.postMessage({ type: 'keepfresh:activate' });
          return !installing && !waiting && active.state === 'activated';
        });
        server.mood = () => 'break';
        await whole(tab, version);
        server.mood = () => undefined;
      };

      /** The site is well again, with a new release. */
      const isBack = async (all) => {
        all.server.mood = () => undefined;
        await all.site.deploy(nextOf, { atOnce: true });
        await arrives(all, 'version-2');
      };

      story('the next release comes while the first is installed', async (all) => {
        const { server, site, state, tab } = all;
        const letGo = held(server, state);
        await tab.open();
        await until('the install', () => server.byWorker.some(isFetched));
        await site.deploy(nextOf, { atOnce: true });
        await tab.run(async () => void (await navigator.serviceWorker.getRegistration()).update().catch(() => {}));
        await tab.open('about.html');
        letGo();
        await arrives(all, 'version-2');
      });

      story('the site wants no worker while it is installed, and then wants it', async (all) => {
        const { server, state, tab } = all;
        const letGo = held(server, state);
        await tab.open();
        await until('the install', () => server.byWorker.some(isFetched));
        await tab.registered();
        // It is done with when the install is: nobody waits for it.
        await tab.run(async () => void (await navigator.serviceWorker.getRegistration()).unregister());
        letGo();
        await tab.open('about.html');
        assert.equal((await tab.facts()).html, 'version-1');
        await tab.registered();
        await arrives(all, 'version-1');
      });

      for (const seed of process.env.KEEPFRESH_FAULTS === 'all' ? [1, 2, 3, 4, 5, 6] : [1, 2])
        story(`nodes of two releases, ${seed}`, async (all) => {
          const { server, site, state, tab } = all;
          const before = filesIn(site.dist);
          await site.deploy(nextOf, { atOnce: true });
          const toss = coin(seed);
          state.answers = (request, response) => {
            const path = pathOf(request);
            // Pages are whole: what is mixed is what the worker is given.
            const isOld = (request.headers.referer?.endsWith('/sw.js') || path === '/sw.js') && toss();
            return isOld && give(response, path, before.get(path));
          };
          for (let visit = 0; visit < 4; visit++) {
            await tab.open(visit % 2 ? 'about.html' : '');
            const { html, style, script, late, fault } = await tab.facts();
            await tab.registered();
            if (!fault) assert.deepEqual([style, script, late], [html, html, html]);
            await tab.until('no install', noInstall);
          }
          state.answers = () => false;
          await arrives(all, 'version-2');
        });

      story('a site whose worker is gone for a while', async (all) => {
        const { server, tab } = all;
        await arrives(all, 'version-1');
        for (const mood of [404, 410, 'text/html', 'elsewhere']) {
          server.mood = (path) => (path === '/sw.js' ? mood : undefined);
          await tab.open();
          await tab.run(lookForUpdate);
          server.mood = () => 'break';
          await whole(tab, 'version-1');
        }
        await isBack(all);
      });

      story('a site that is gone, login page and all', async (all) => {
        const { server, tab } = all;
        await arrives(all, 'version-1');
        for (const mood of [404, 500, 'elsewhere', 'break']) {
          server.mood = () => mood;
          await tab.run(lookForUpdate);
        }
        server.mood = () => 'break';
        await whole(tab, 'version-1');
        await isBack(all);
      });
    }
  });
}
