// What pages load by names that no file spells out is there without a network as well: parts of a bundle, data, pictures.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

const RUNTIME = `
  const element = (name, values) =>
    new Promise((onload, onerror) => document.head.append(Object.assign(document.createElement(name), { onload, onerror }, values)));
  window.part = async (n) => (await element('script', { src: 'bundle/' + n + '.js' }), window['part' + n]);
  window.sheet = async (n) => (await element('link', { rel: 'stylesheet', href: 'bundle/' + n + '.css' }), 'a sheet');
  window.items = async () => (await (await fetch('store/items.json')).json()).join();
  window.versioned = async () => (await (await fetch('store/items.json?v=2')).json()).join();
  window.picture = async () => (await (await fetch('store/drawn.svg')).text()).length;
  window.shown = async () => { const image = new Image(); image.src = 'store/drawn.svg'; await image.decode(); return image.width; };
  window.worked = () => new Promise((done, failed) =>
    Object.assign(new Worker('store/worker.js'), { onmessage: (event) => done(event.data), onerror: failed }));
`;
const part = (n) => `(self.webpackChunkapp=self.webpackChunkapp||[]).push([[${n}],{}]);window.part${n}='part ${n}';`;
const EDITS = {
  'index.html': (text) =>
    text
      .replace('<head>', '<head><script type="importmap">{"imports":{"lib/":"./store/lib/"}}</script>')
      .replace(
        '</body>',
        '<script src="bundle/main.js"></script><script type="module" src="start.js"></script></body>',
      ),
  'bundle/main.js': RUNTIME,
  'start.js': 'import { texts } from "lib/texts.js"; window.texts = texts;',
  'store/lib/texts.js': `const urls = [new URL('./code.js', import.meta.url), new URL('../part.html', import.meta.url)];
    export const texts = async () => (await Promise.all(urls.map(async (url) => (await fetch(url)).text()))).join();`,
  'store/lib/code.js': 'code',
  'store/part.html': 'a part',
  'bundle/12.js': part(12),
  'bundle/9e1d2c3b4a5f6071.js': part(9),
  'bundle/8f0e1d2c3b4a5968.css': 'a { color: red }',
  'store/items.json': '["kept"]',
  'store/drawn.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>',
  'store/worker.js': 'postMessage("worked")',
};

const TABLES = {
  'the routes of a site that has written none': '',
  'nothing but what is precached': '[precache]\nonly = true\n',
  'routes of its own': '[[routes]]\nmode = "navigate"\npolicy = "network-first"\n',
};

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site, and tabs whose pages are controlled. */
    const visit = async (t, edits) => {
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

    it('a page has the files of its version, whatever was kept before it', { timeout: 180_000 }, async (t) => {
      const script = (n) => `window.said = ${n};`;
      const page = `<script>
        const [element, name] = [document.createElement('script'), 'said'];
        element.src = 'store/' + name + '.js';
        document.head.append(element);
        self.live = 'store/live.json';
        fetch('store/items.json').then((reply) => reply.json()).then(([item]) => (window.item = item));
      </script></body>`;
      const files = (n) => ({
        'store/said.js': script(n),
        'store/items.json': `["${n}"]`,
        'store/live.json': '"built"',
      });
      const edits = { 'index.html': (text) => text.replace('</body>', page), 'keepfresh.toml': '', ...files(1) };
      const { newTab, site, tab } = await visit(t, edits);
      const had = async (tab) =>
        tab.until(
          'what it loads',
          () => window.said && window.item && `${document.title} ${window.said} ${window.item}`,
        );
      const paths = ['store/said.js', 'store/items.json', 'store/live.json'];
      for (const path of paths) await tab.untilStored(path);
      // Now routes keep them, too.
      await tab.open();
      const { title } = await tab.run(() => ({ title: document.title }));
      assert.equal(await had(tab), `${title} 1 1`);
      await site.replace('store/live.json', '"of the server"');
      assert.equal((await tab.fetch('store/live.json', { cache: 'no-cache' })).text, '"of the server"');
      await tab.until('records of all', async () => {
        const names = (await caches.keys()).filter((name) => name.endsWith(':records'));
        const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        return all.flat().filter(({ url }) => url.includes('/store/')).length === 3;
      });

      const old = await newTab();

      // Of what does not say how long it is good, Chromium takes a tenth of its age.
      await pause(3000);
      // A new page has new files before its version takes over, and then.
      await site.deploy({ 'index.html': (text) => text.replace('<title>', '<title>New '), ...files(2) });
      await tab.open();
      assert.equal(await had(tab), `New ${title} 2 2`);
      // Browsers look for a version after a page was opened; who asks meanwhile for the one after is told of that one.
      await tab.run(async () => void (await (await navigator.serviceWorker.ready).update()));
      await tab.until('it to wait', async () => Boolean((await navigator.serviceWorker.ready).waiting));
      await site.deploy({ 'index.html': (text) => text.replace('<title>New', '<title>Newer'), ...files(3) });
      await tab.takeOver();
      await tab.until('the files of the version', async () => {
        const name = (await caches.keys()).filter((name) => name.includes(':pages:')).at(-1);
        const texts = ['store/said.js', 'store/items.json'].map(async (path) =>
          (await caches.match(path, { cacheName: name }))?.text(),
        );
        return String(await Promise.all(texts)) === 'window.said = 3;,["3"]';
      });
      await tab.open('about.html');
      await tab.fetch('store/items.json');
      await tab.until('a record of the new version', async () => {
        const names = (await caches.keys()).filter((name) => name.endsWith(':records'));
        const all = await Promise.all(names.map((name) => caches.match('store/items.json', { cacheName: name })));
        return all.some(Boolean);
      });
      await site.stop();
      // A tab of the version before has that one's, whatever the browser's own cache has.
      assert.equal((await old.fetch('store/items.json', { cache: 'no-cache' })).text, '["1"]');
      await tab.open();
      assert.equal(await had(tab), `Newer ${title} 3 3`);
      // What no version has changed is what the server has made of it.
      assert.equal((await tab.fetch('store/live.json')).text, '"of the server"');
    });

    it('what a page asks for by two names comes once', { timeout: 180_000 }, async (t) => {
      const script = 'self.both = [new URL("../store/twice.bin", import.meta.url), "store/twice.bin"];';
      // Too large for a pack.
      const edits = { 'js/late.js': (text) => `${text}\n${script}`, 'store/twice.bin': 'x'.repeat(1 << 20) };
      const { site, tab } = await visit(t, edits);
      for (const path of [site.built('store/twice.bin'), 'store/twice.bin']) await tab.untilStored(path);
      const asked = (await site.requests()).filter((line) => line.includes('twice'));
      assert.equal(asked.length, 1, asked.join());
    });

    for (const [table, toml] of Object.entries(TABLES)) {
      it(`with ${table}`, { timeout: 180_000 }, async (t) => {
        const { site, tab } = await visit(t, { ...EDITS, 'keepfresh.toml': toml });
        const paths = Object.keys(EDITS).filter((path) => path.startsWith('store/') || /\/[\d8].*$/.test(path));
        for (const path of paths) await tab.untilStored(path);
        await site.stop();
        await tab.open();
        const had = await tab.run(async () => {
          const asked = [
            part(12),
            part('9e1d2c3b4a5f6071').then(() => window.part9),
            sheet('8f0e1d2c3b4a5968'),
            items(),
          ];
          const all = await Promise.allSettled([...asked, picture(), shown(), worked(), versioned(), texts()]);
          return all.map(({ value, reason }) => value ?? `nothing: ${reason}`);
        });
        const length = EDITS['store/drawn.svg'].length;
        assert.deepEqual(had, ['part 12', 'part 9', 'a sheet', 'kept', length, 7, 'worked', 'kept', 'code,a part']);
      });
    }
  });
}
