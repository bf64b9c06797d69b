// What there is too little of while a version is installed: room on the device, or patience with a server that says nothing.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe } from 'node:test';
import { damages } from './damages.mjs';
import { behind, hurried, roomFor } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { releases } from './releases.mjs';
import { until } from './until.mjs';

/** The caches with pages of versions. */
const pagesOfVersions = (tab) =>
  tab.run(async () => (await caches.keys()).filter((name) => name.includes(':pages:')).length);

/** A page that loads so many files of a kind, and these. */
function loading(count, nameOf, tagOf, textOf) {
  const names = Array.from({ length: count }, (_, number) => nameOf(number));
  return {
    ...Object.fromEntries(names.map((name, number) => [name, textOf(number)])),
    'index.html': (text) => text.replace('</body>', `${names.map(tagOf).join('\n')}</body>`),
  };
}

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 900_000 }, () => {
    const { browser, it } = inBrowser(engine);
    const { apply, isOver, isReady, look, story, update } = releases(browser, it);

    /** Deploys a version for which there is no room, and waits until it was tried. */
    const tryNext = async ({ deploy, server }, tab) => {
      await deploy();
      server.byWorker.length = 0;
      await look(tab);
      await until('the install to be tried', () => server.byWorker.length > 0);
      await tab.until('the install to end', isOver);
    };

    const routes = { 'keepfresh.toml': '[[routes]]\npath = "data/*"\npolicy = "cache-first"\n' };
    const answers = (request, response) => {
      if (!request.url.startsWith('/data/')) return false;
      response.writeHead(200, { 'cache-control': 'max-age=600', 'content-type': 'text/plain' }).end(`${Math.random()}`);
      return true;
    };
    const two = { answers, edits: routes, mood: behind(roomFor(2)) };

    story('room for two versions is enough for a third, and what routes keep stays', two, async (all) => {
      const { deploy, site, tab } = all;
      const { text } = await tab.fetch('data/1');
      for (let number = 2; number < 5; number++) {
        await deploy();
        await update(tab);
        await tab.open();
        assert.equal((await tab.facts()).script, `version-${number}`);
        assert.deepEqual(await tab.run(damages, site.version), []);
      }
      assert.equal((await tab.fetch('data/1')).text, text);
    });

    const only = { ...two, edits: { 'keepfresh.toml': '[precache]\nonly = true\n' } };
    story('what an open tab shows makes room for none', only, async (all) => {
      const { deploy, newTab, site, tab } = all;
      const late = site.built('js/late.js');
      const other = await newTab();
      await other.open();
      await deploy();
      await update(other);
      await other.open();
      await tryNext(all, other);
      assert.equal((await tab.fetch(late)).status, 200);
      await other.open();
      assert.equal((await other.facts()).script, 'version-2');
      await tab.close();
      await update(other);
      await other.open();
      assert.equal((await other.facts()).script, 'version-3');
      assert.deepEqual(await other.run(damages, site.version), []);
    });

    story('what is in charge makes room for none, whether that is noted or not', only, async (all) => {
      const { deploy, tab } = all;
      await deploy();
      await update(tab);
      await tab.open();
      await tab.run(async () => void (await caches.delete('keepfresh:/:versions')));
      await tryNext(all, tab);
      assert.equal(await pagesOfVersions(tab), 3, 'of two and a part');
      await tab.open();
      assert.equal((await tab.facts()).script, 'version-2');
    });

    const tried = { ...two, edits: { 'keepfresh.toml': `health-check = true\n${only.edits['keepfresh.toml']}` } };
    story('what a version on trial may be taken back to makes room for none', tried, async (all) => {
      const { deploy, server, tab } = all;
      await deploy();
      await update(tab);
      await tab.open();
      await tryNext(all, tab);
      server.mood = () => 'break';
      for (let visit = 0; visit < 4; visit++) await tab.open();
      assert.equal((await tab.facts()).html, 'version-1');
    });

    const noBodies = `{
      const put = Cache.prototype.put;
      Cache.prototype.put = async function (...args) {
        if (String(args[0]).includes('/data/')) throw new DOMException('full', 'QuotaExceededError');
        return put.apply(this, args);
      };
    }`;
    story('what routes keep takes no room from versions', { ...two, mood: behind(noBodies) }, async (all) => {
      const { deploy, tab } = all;
      await deploy();
      await update(tab);
      await tab.open();
      assert.equal(await pagesOfVersions(tab), 2);
      for (let number = 0; number < 3; number++) assert.equal((await tab.fetch(`data/${number}`)).status, 200);
      assert.equal(await pagesOfVersions(tab), 2);
    });

    const pictures = (number) => `<svg xmlns="http://www.w3.org/2000/svg" width="${number + 1}" height="1"/>`;
    const shown = loading(
      45,
      (number) => `img/picture-${number}.svg`,
      (name) => `<img src="${name}" alt="" loading="lazy" />`,
      pictures,
    );
    story('what is optional and silent keeps a version waiting for a while, and no longer', {}, async (all) => {
      const { server, site, tab } = all;
      const isPicture = (path) => path.includes('/picture-');
      // Some come: the network is not away.
      const isSilent = (path) => isPicture(path) && !/[05]\.kf\./.test(path);
      server.mood = (path) => (isSilent(path) ? 'silent' : path.endsWith('.pack') ? 404 : behind(hurried(30))(path));
      await site.deploy(shown, { atOnce: true });
      await look(tab);
      await tab.until('the new version to be ready', isReady);
      const asked = server.byWorker.filter(isPicture).length;
      assert.ok(asked > 0 && asked < 45, `${asked} of 45 were asked for`);
      server.mood = behind(hurried(30));
      await apply(tab);
      await tab.until('it to be in charge', isOver);
      assert.deepEqual(await tab.run(damages, site.version, 'image'), []);
    });

    const modules = loading(
      60,
      (number) => `js/module-${number}.js`,
      (name) => `<script type="module" src="${name}"></script>`,
      () => `// ${randomBytes(60_000).toString('hex')}\n`,
    );
    story('packs of a server that is silent are not asked for one after the other', { edits: modules }, async (all) => {
      const { deploy, server, site, tab } = all;
      await tab.run(async () => void (await Promise.all((await caches.keys()).map((name) => caches.delete(name)))));
      const isPack = (path) => path.endsWith('.pack');
      await deploy();
      server.byWorker.length = 0;
      server.mood = (path) => (isPack(path) ? 'silent' : behind(hurried(20))(path));
      await update(tab);
      assert.deepEqual(await tab.run(damages, site.version), []);
      const packs = new Set(server.byWorker.filter(isPack));
      assert.ok(packs.size > 0 && packs.size < 4, `${[...packs]}`);
      await until('the page', async () => (await tab.open(), (await tab.facts()).script === 'version-2'));
    });

    // A clock that runs as fast as its timers do.
    const ahead = `{
      const [now, start] = [Date.now, Date.now()];
      Date.now = () => start + (now() - start) * 20;
    }`;
    story('a server that gives a byte now and then keeps no version waiting', { edits: modules }, async (all) => {
      const { deploy, server, site, tab } = all;
      await tab.run(async () => void (await Promise.all((await caches.keys()).map((name) => caches.delete(name)))));
      const isPack = (path) => path.endsWith('.pack');
      await deploy();
      server.byWorker.length = 0;
      server.mood = (path) => (isPack(path) ? 'trickle' : behind(hurried(20) + ahead)(path));
      await update(tab);
      assert.ok(server.byWorker.some(isPack), 'no pack was asked for');
      assert.deepEqual(await tab.run(damages, site.version), []);
    });
  });
}
