// What happens around an install, to what is stored and to the device: lists that are lost or damaged, no room when a version takes
// over, little to spend; and hosts that have a page for whatever they lack.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { damages } from './damages.mjs';
import { behind } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { releases } from './releases.mjs';
import { until } from './until.mjs';

const ONLY = '[precache]\nonly = true\n';
const KINDS = { routes: (text) => text, only: () => ONLY };

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 900_000 }, () => {
    const { browser, it } = inBrowser(engine);
    const { apply, call, isOver, isReady, look, story, update } = releases(browser, it);

    for (const [kind, toml] of Object.entries(KINDS)) {
      const shown = (text) => text.replace('<nav>', '<img src="img/old.svg" alt="" /><nav>');
      const old = {
        'keepfresh.toml': toml,
        'index.html': shown,
        'img/old.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
      };
      // A host that answers whatever it does not have with the site's page.
      const answers = (request, response) => {
        if (!/old\.kf\./.test(request.url) || !answers.isGone) return false;
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>App</title>');
        return true;
      };
      story(`${kind}: what is gone and comes as a page is as gone`, { answers, edits: old }, async (all) => {
        const { deploy, newTab, site, tab } = all;
        answers.isGone = false;
        const lost = site.built('img/old.svg');
        await call(tab, site, 'register', '/sw.js');
        site.removeSource('img/old.svg');
        await site.deploy(
          { 'index.html': (text) => text.replace('<img src="img/old.svg" alt="" />', '') },
          { atOnce: true },
        );
        await deploy();
        answers.isGone = true;
        const other = await newTab();
        await other.open('about.html');
        await update(other);
        assert.equal((await tab.facts()).html, 'version-1');
        await tab.run(async (path) => {
          for (const name of await caches.keys())
            await (await caches.open(name)).delete(new URL(path, document.baseURI));
          new Image().src = path;
        }, `/${lost}`);
        await tab.until('the other version', () => document.documentElement.dataset.version === 'version-2');
      });

      story(
        `${kind}: a list that is damaged where it is stored`,
        { edits: { 'keepfresh.toml': toml } },
        async (all) => {
          const { deploy, site, tab } = all;
          const first = site.version;
          await deploy();
          await update(tab);
          await tab.open();
          await tab.run(async (version) => {
            const cache = await caches.open(`keepfresh:/:pages:${version}`);
            const key = '/keepfresh-precache-list';
            const stored = await cache.match(key);
            const text = await stored.text();
            await cache.put(key, new Response(text.slice(text.length >> 1), { headers: stored.headers }));
            for (const request of await cache.keys()) if (/html$/.test(request.url)) await cache.delete(request);
          }, first);
          // The release is taken back.
          const back = (text, path) => (path.endsWith('.toml') ? text : text.replaceAll('version-2', 'version-1'));
          await site.deploy(back, { atOnce: true });
          assert.equal(site.version, first);
          await update(tab);
          assert.deepEqual(await tab.run(damages, site.version), []);
        },
      );

      story(`${kind}: assets stay where the list is lost`, { edits: { 'keepfresh.toml': toml } }, async (all) => {
        const { deploy, server, site, tab } = all;
        await deploy();
        await look(tab);
        await tab.until('the new version to be ready', isReady);
        await tab.run(
          async (version) => (await caches.open(`keepfresh:/:pages:${version}`)).delete('/keepfresh-precache-list'),
          site.version,
        );
        server.mood = () => 'break';
        await apply(tab);
        await tab.until('it to be in charge', isOver);
        await pause(2000);
        await tab.open('about.html');
        const { page, html, script, late, fault } = await tab.facts();
        assert.deepEqual([page, html, script, late, fault], ['about', 'version-2', 'version-2', 'version-2', null]);
      });

      const full = `{
        const put = Cache.prototype.put;
        let isFull = false;
        self.addEventListener('activate', () => (isFull = true));
        Cache.prototype.put = async function (...args) {
          const { length } = (await caches.keys()).filter((name) => name.includes(':pages:'));
          if (isFull && length > 2) throw new DOMException('full', 'QuotaExceededError');
          return put.apply(this, args);
        };
      }`;
      story(
        `${kind}: a device that is full when a version takes over`,
        { edits: { 'keepfresh.toml': toml }, mood: behind(full) },
        async (all) => {
          const { deploy, site, tab } = all;
          for (let number = 2; number < 5; number++) {
            await deploy();
            await update(tab);
            await tab.open();
            await tab.facts();
          }
          await until('older versions to go', async () => {
            await tab.open();
            const names = await tab.run(async () => (await caches.keys()).filter((name) => name.includes(':pages:')));
            return names.length < 4 || assert.fail(names.join());
          });
          const noted = await tab.run(
            async () => (await (await caches.match('/keepfresh-versions')).json()).served.at(-1).version,
          );
          assert.equal(noted, site.version);
        },
      );

      const sparing = `Object.defineProperty(navigator, 'connection', { value: { saveData: true } });`;
      story(`${kind}: an update where little is to be spent`, { edits: { 'keepfresh.toml': toml } }, async (all) => {
        const { deploy, server, site, tab } = all;
        server.mood = behind(sparing);
        await deploy();
        await update(tab);
        server.mood = () => 'break';
        await tab.open('about.html');
        const { page, html, script } = await tab.facts();
        assert.deepEqual([page, html, script], ['about', 'version-2', 'version-2']);
      });

      story(
        `${kind}: what is stored is removed while a version waits`,
        { edits: { 'keepfresh.toml': toml } },
        async (all) => {
          const { deploy, site, tab } = all;
          await deploy();
          await look(tab);
          await tab.until('the new version to be ready', isReady);
          await tab.run(async () => void (await Promise.all((await caches.keys()).map((name) => caches.delete(name)))));
          await apply(tab);
          await tab.until('it to be in charge', isOver);
          await until('all of it to be there', async () => {
            await tab.open();
            const lacks = await tab.run(damages, site.version);
            return lacks.length === 0 || assert.fail(lacks.join());
          });
        },
      );
    }
  });
}
