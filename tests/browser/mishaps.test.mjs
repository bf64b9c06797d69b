// What happens around an install, to what is stored and to the device: lists that are lost or damaged, no room when a version takes
// over, little to spend; and hosts that have a page for whatever they lack, or for when they are busy, or types of their own.

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

/** In the page: takes a file out of every cache. */
const forget = async (path) => {
  for (const name of await caches.keys()) await (await caches.open(name)).delete(new URL(path, document.baseURI));
};

/** The script for a worker on a device that has room for so many versions, from an event on. */
const fullFrom = (events, versions) => `{
  const put = Cache.prototype.put;
  let isFull = false;
  for (const name of ${JSON.stringify(events)}) self.addEventListener(name, () => (isFull = true));
  Cache.prototype.put = async function (...args) {
    const { length } = (await caches.keys()).filter((name) => name.includes(':pages:'));
    if (isFull && length > ${versions}) throw new DOMException('full', 'QuotaExceededError');
    return put.apply(this, args);
  };
}
`;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 900_000 }, () => {
    const { browser, it } = inBrowser(engine);
    const { apply, call, isOver, isReady, look, seen, story, update, watch } = releases(browser, it);

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
      const busy = (request, response) => {
        if (!/old\.kf\./.test(request.url) || !busy.isBusy) return false;
        response.writeHead(503, { 'content-type': 'text/html' }).end('<!doctype html><title>Busy</title>');
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

      const isBroken = async (tab) => (await seen(tab)).some(({ state }) => state === 'broken');
      story(`${kind}: what a busy server has a page for is not gone`, { answers: busy, edits: old }, async (all) => {
        const { site, tab } = all;
        busy.isBusy = false;
        await call(tab, site, 'register', '/sw.js');
        await watch(tab, site);
        busy.isBusy = true;
        const path = `/${site.built('img/old.svg')}`;
        await tab.run(forget, path);
        await tab.run((path) => void (new Image().src = path), path);
        await pause(3000);
        assert.equal(await isBroken(tab), false);
      });

      const kept = { 'keepfresh.toml': (text) => `keep = 2\n${toml(text)}` };
      story(`${kind}: what comes as another type is not gone`, { edits: kept }, async (all) => {
        const { deploy, server, site, tab } = all;
        const path = `/${site.built('js/late.js')}`;
        await call(tab, site, 'register', '/sw.js');
        await watch(tab, site);
        await deploy();
        await look(tab);
        await tab.until('the new version to be ready', isReady);
        server.mood = (asked) => asked === path && 'application/octet-stream';
        await tab.run(forget, path);
        await tab.run(async (path) => {
          document.isSame = true;
          // What has a query is asked of the worker in every engine.
          await (await fetch(`${path}?x`)).text();
        }, path);
        await pause(3000);
        assert.equal(await tab.run(() => document.isSame), true, 'the tab was reloaded');
        assert.equal(await isBroken(tab), false);
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

      const full = fullFrom(['activate'], 2);
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

      const next = { edits: { 'keepfresh.toml': toml }, mood: behind(full) };
      story(`${kind}: a device that is full when one takes over while the next is installed`, next, async (all) => {
        const { deploy, server, site, tab } = all;
        await deploy();
        await look(tab);
        await tab.until('the second version to be ready', isReady);
        await deploy();
        const late = `/${site.built('js/late.js')}`;
        let goOn;
        const held = new Promise((resolve) => (goOn = resolve));
        server.mood = (path) => (/\.(update|pack)$/.test(path) ? 404 : path === late ? held : undefined);
        await tab.run(async () => void (await navigator.serviceWorker.ready).update());
        await until('the third to be on its way', () => server.asked.includes(late) || assert.fail('it is not'));
        await pause(1000);
        await apply(tab);
        await tab.until('the second to be in charge', async () => {
          const { active, waiting } = await navigator.serviceWorker.ready;
          return !waiting && active.state === 'activated';
        });
        await pause(1000);
        goOn();
        await tab.until('the third version to be ready', isReady);
        assert.deepEqual(await tab.run(damages, site.version), []);
      });

      // No other engine can be told to stop a worker.
      const few = { edits: { 'keepfresh.toml': toml }, skip: engine !== 'Chromium' };
      story(`${kind}: a tab stays whole whose version nobody has noted`, few, async (all) => {
        const { deploy, newTab, server, site, tab } = all;
        const late = site.built('js/late.js');
        server.mood = behind(fullFrom(['activate', 'fetch'], 1));
        await deploy();
        await update(tab);
        await pause(1000);
        await browser.devTools('ServiceWorker.enable', {});
        await browser.devTools('ServiceWorker.stopAllWorkers', {});
        const other = await newTab();
        await other.open('about.html');
        // Longer than a worker waits before it does what is left to do.
        await pause(8000);
        server.mood = (path) => (path === `/${late}` ? 404 : undefined);
        assert.equal((await tab.facts()).html, 'version-1');
        assert.equal((await tab.fetch(late)).status, 200);
      });

      for (const lost of [':assets', ':pages:', ':versions'])
        story(`${kind}: ${lost} is lost alone`, { edits: { 'keepfresh.toml': toml } }, async (all) => {
          const { server, site, tab } = all;
          await tab.run(async (lost) => {
            for (const name of await caches.keys()) if (name.includes(lost)) await caches.delete(name);
          }, lost);
          await until('it to be there again', async () => {
            await tab.open('about.html');
            await pause(1000);
            const lacks = await tab.run(damages, site.version);
            return lacks.length === 0 || assert.fail(lacks.join());
          });
          server.mood = () => 'break';
          await tab.open('about.html');
          const { page, image, fault } = await tab.facts();
          assert.deepEqual([page, image, fault], ['about', 'shown', null]);
        });

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
