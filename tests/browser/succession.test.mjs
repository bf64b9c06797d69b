// One version after another: whose files a tab is given, which of them is well, and under which URL a file is taken over.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { releases } from './releases.mjs';
import { until } from './until.mjs';

const healthy = (text) => `health-check = true\n${text}`;

/** A picture that keeps its name, as wide as its version says; and how wide it is for a page. */
const PICTURE = 'img/badge.svg';
const pictured = (width) => ({
  'keepfresh.toml': `[names]\nkeep = ["${PICTURE}"]\n[precache]\nonly = true\n`,
  [PICTURE]: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="10"/>`,
  'index.html': (text) =>
    text.includes(PICTURE) ? text : text.replace('<nav>', `<img src="${PICTURE}" alt="" /><nav>`),
});
const widthOf = (tab) =>
  tab.run(async (path) => {
    const image = new Image();
    image.src = path;
    await image.decode();
    return image.naturalWidth;
  }, PICTURE);

/** A module that loads another which lies beside it. */
const library = (folder) => ({
  [`${folder}/a.js`]: "import './b.js';\ndocument.documentElement.dataset.library = 'a';\n",
  [`${folder}/b.js`]: 'export const b = 1;\n',
  'library.html': `<!doctype html><title>library</title><script type="module" src="${folder}/a.js"></script>`,
});

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 900_000 }, () => {
    const { browser, it } = inBrowser(engine);
    const { apply, call, isReady, look, seen, story, update, watch } = releases(browser, it);

    story('another worker of the same version takes no tab from it', { edits: pictured(10) }, async (all) => {
      const { newTab, site, tab } = all;
      assert.equal(await widthOf(tab), 10);
      await site.deploy(pictured(20), { atOnce: true });
      await update(tab);
      const other = await newTab();
      await other.open();
      assert.equal(await widthOf(other), 20);
      // The list is the same, and the worker another.
      const { version } = site;
      await site.deploy({ 'keepfresh.toml': healthy }, { atOnce: true });
      assert.equal(site.version, version);
      await update(other);
      const third = await newTab();
      await third.open();
      assert.deepEqual([await widthOf(other), await widthOf(third)], [20, 20]);
    });

    // A worker of a page, and a script that it loads later, which keeps its name.
    const working = (number) => ({
      'keepfresh.toml': '[names]\nkeep = ["js/part.js"]\n[precache]\nonly = true\n',
      'js/work.js': 'onmessage = () => { importScripts("part.js"); postMessage(self.part); };\n',
      'js/part.js': `self.part = ${number};\n`,
      'index.html': (text) =>
        text.includes('work.js')
          ? text
          : text.replace('</head>', '<script>self.work = () => new Worker("js/work.js")</script></head>'),
    });
    story(
      'the workers of a tab have the files of its version',
      { edits: working(1) },
      async ({ newTab, site, tab }) => {
        const ask = (one) =>
          one.run(
            () =>
              new Promise((resolve) => {
                const worker = self.work();
                worker.onmessage = ({ data }) => resolve(data);
                worker.postMessage('');
              }),
          );
        assert.equal(await ask(tab), 1);
        await call(tab, site, 'register', '/sw.js');
        await until('all of it to be stored', async () => (await tab.stored()).includes('js/part.js'));
        await site.deploy(working(2), { atOnce: true });
        await update(tab);
        assert.equal(await ask(tab), 1);
        const other = await newTab();
        await other.open();
        assert.equal(await ask(other), 2);
      },
    );

    story('the version before is none that was taken back', { edits: { 'keepfresh.toml': healthy } }, async (all) => {
      const { deploy, newTab, tab } = all;
      await deploy();
      await update(tab);
      for (let visit = 0; visit < 4; visit++) await tab.open();
      assert.equal((await tab.facts()).html, 'version-1');
      const other = await newTab();
      await other.open();
      await deploy();
      await update(other);
      // The third is not well either: the first is there for it.
      for (let visit = 0; visit < 4; visit++) await other.open();
      assert.equal((await other.facts()).html, 'version-1');
    });

    const trial = { 'keepfresh.toml': healthy(pictured(10)['keepfresh.toml']) };
    story(
      'a version that comes back takes no tab that shows it',
      { edits: { ...pictured(10), ...trial } },
      async (all) => {
        const { newTab, site, tab } = all;
        await site.deploy(pictured(20), { atOnce: true });
        await site.deploy(trial, { atOnce: true });
        await update(tab);
        const other = await newTab();
        await other.open();
        await call(other, site, 'confirmVersion');
        await site.deploy(pictured(30), { atOnce: true });
        await site.deploy(trial, { atOnce: true });
        await update(other);
        // It is not well: the second is there for it.
        for (let visit = 0; visit < 4; visit++) await other.open();
        assert.equal(await widthOf(other), 20);
        await site.deploy(pictured(20), { atOnce: true });
        await site.deploy(trial, { atOnce: true });
        await update(other);
        assert.equal(await widthOf(other), 20);
      },
    );

    // The same folder, once more below: another worker with a scope of its own.
    const answers = (request) => void (request.url = request.url.replace(/^\/app\//, '/'));
    story(
      'another worker of the origin reloads none of its pages, and tells them nothing',
      { answers },
      async ({ deploy, newTab, site, tab }) => {
        const other = await newTab();
        await other.open('app/');
        await other.until('its own worker', () => navigator.serviceWorker.controller?.scriptURL.endsWith('/app/sw.js'));
        for (const one of [tab, other]) {
          await one.run(
            `async (path) => {
            (await import(path)).onUpdate(() => {});
            document.isSame = true;
          }`,
            `/${site.built('js/window.js')}`,
          );
        }
        const heard = async (one) => (await seen(one)).filter(({ version }) => version === site.version);
        await watch(other, site);
        await other.until('its state', () => document.seen.length > 0);
        await deploy();
        await look(tab);
        await tab.until('the new version to be ready', isReady);
        await apply(tab, true).catch(() => {});
        await tab.until('the new version', () => document.documentElement.dataset.version === 'version-2');
        await watch(tab, site);
        await tab.until('its state', () => document.seen.length > 0);
        await pause(500);
        assert.equal(await other.run(() => document.isSame), true);
        assert.deepEqual(await heard(other), []);
        // The other way about: the scope of the one is no part of the other's.
        const before = (await seen(tab)).length;
        await look(other);
        await other.until('the new version there', isReady);
        await other.until('its state', () => document.seen.some(({ state }) => state === 'ready'));
        assert.ok((await heard(other)).length > 0);
        assert.equal((await seen(tab)).length, before);
      },
    );

    const framed = (text) => `${text.replace('</main>', '<iframe src="about.html"></iframe>'.repeat(4))}`;
    const edits = { 'keepfresh.toml': healthy, 'index.html': framed };
    story('the frames of a page are no pages that have to say so', { edits }, async ({ deploy, site, tab }) => {
      await deploy();
      await update(tab);
      for (let visit = 0; visit < 2; visit++) await tab.open();
      assert.equal((await tab.facts()).html, 'version-2');
      await call(tab, site, 'confirmVersion');
      for (let visit = 0; visit < 3; visit++) await tab.open();
      assert.equal((await tab.facts()).html, 'version-2');
    });

    story(
      'pages that are opened at once have their time at once',
      { edits: { 'keepfresh.toml': healthy } },
      async (all) => {
        const { deploy, newTab, tab } = all;
        await deploy();
        await update(tab);
        const tabs = [];
        for (let count = 0; count < 5; count++) tabs.push(await newTab());
        for (const one of tabs) {
          await one.open();
          assert.equal((await one.facts()).html, 'version-2');
        }
        // Whoever goes on from them has been shown pages that said nothing.
        for (let visit = 0; visit < 4; visit++) for (const one of tabs.slice(0, 3)) await one.open('about.html');
        assert.equal((await tabs[0].facts()).html, 'version-1');
      },
    );

    story(
      'a page of the version before says nothing of this one',
      { edits: { 'keepfresh.toml': healthy } },
      async (all) => {
        const { deploy, newTab, site, tab } = all;
        const other = await newTab();
        await other.open();
        const before = site.built('js/window.js');
        await deploy();
        await update(other);
        await tab.run(async (path) => (await import(path)).confirmVersion(), `/${before}`);
        for (let visit = 0; visit < 4; visit++) await other.open();
        assert.equal((await other.facts()).html, 'version-1');
      },
    );

    story('a file that has moved is taken over under its own URL', { edits: library('lib-1') }, async (all) => {
      const { site, tab } = all;
      const old = site.built('lib-1/a.js');
      assert.ok((await tab.stored()).includes(old));
      for (const path of ['lib-1/a.js', 'lib-1/b.js']) site.removeSource(path);
      await site.deploy(library('lib-2'), { atOnce: true });
      await update(tab);
      await tab.open('library.html');
      await tab.until('the library', () => document.documentElement.dataset.library === 'a');
      const loaded = await tab.run(() => performance.getEntriesByType('resource').map(({ name }) => name));
      assert.ok(
        loaded.some((url) => url.includes('lib-2/b.kf.')),
        loaded.join('\n'),
      );
      assert.deepEqual(
        loaded.filter((url) => url.includes('lib-1/')),
        [],
      );
    });

    const lib = (names, number) => ({
      'keepfresh.toml': `[names]\n${names} = ["js/lib.js"]\n[precache]\nonly = true\n[severity]\nreused = "note"\n`,
      'js/lib.js': `document.documentElement.dataset.lib = '${number}';\n`,
      'index.html': (text) =>
        text.includes('lib.js') ? text : text.replace('</head>', '<script src="js/lib.js"></script></head>'),
    });
    story('what was an asset and keeps its name is of its version', { edits: lib('hashed', 1) }, async (all) => {
      const { site, tab } = all;
      const shown = () => tab.run(() => document.documentElement.dataset.lib);
      assert.equal(await shown(), '1');
      await site.deploy(lib('keep', 2), { atOnce: true });
      await update(tab);
      await tab.open();
      assert.equal(await shown(), '2');
    });

    story('who opens what is gone takes nothing from other tabs', {}, async ({ newTab, site, tab }) => {
      await watch(tab, site);
      await tab.until('its state', () => document.seen.length > 0);
      const other = await newTab();
      await other.open('img/gone.kf.0123456789abcdef0123.png').catch(() => {});
      await other.open('about.html');
      await other.facts();
      assert.deepEqual(
        (await seen(tab)).filter(({ state }) => state === 'broken'),
        [],
      );
    });

    // A tab stays with its version, and that may be gone from everywhere but the tab.
    const shown = (text) => text.replace('<nav>', '<img src="img/old.svg" alt="" /><nav>');
    const old = {
      'index.html': shown,
      'img/old.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    };
    story('a tab that has lost its version goes to the one in charge, once', { edits: old }, async (all) => {
      const { deploy, newTab, site, tab } = all;
      const lost = site.built('img/old.svg');
      await call(tab, site, 'register', '/sw.js');
      site.removeSource('img/old.svg');
      await site.deploy(
        { 'index.html': (text) => text.replace('<img src="img/old.svg" alt="" />', '') },
        { atOnce: true },
      );
      await deploy();
      const other = await newTab();
      await other.open('about.html');
      await update(other);
      assert.equal((await tab.facts()).html, 'version-1');
      await tab.run(async (path) => {
        for (const name of await caches.keys()) await (await caches.open(name)).delete(new URL(path, document.baseURI));
        new Image().src = path;
      }, `/${lost}`);
      await tab.until('the other version', () => document.documentElement.dataset.version === 'version-2');
      // What is not there for this version, either, is left alone.
      await tab.run(async (path) => {
        document.isSame = true;
        await fetch(path).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }, `/${lost}`);
      assert.equal(await tab.run(() => document.isSame), true);
    });
  });
}
