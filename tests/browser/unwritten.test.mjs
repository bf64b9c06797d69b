// What pages load by names that no file spells out is there without a network as well: parts of a bundle, data, pictures.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chosenEngines, launch } from './engines.mjs';
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
  'index.html': (text) => text.replace('</body>', '<script src="bundle/main.js"></script></body>'),
  'bundle/main.js': RUNTIME,
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
    let browser;
    before(async () => (browser = await launch(engine)));
    after(() => browser?.close());

    for (const [table, toml] of Object.entries(TABLES)) {
      it(`with ${table}`, { timeout: 180_000 }, async (t) => {
        const site = await makeSite({ edits: { ...EDITS, 'keepfresh.toml': toml } });
        t.after(() => site.close());
        const tab = await openTab(browser.driver, site);
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
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
          const all = await Promise.allSettled([...asked, picture(), shown(), worked(), versioned()]);
          return all.map(({ value, reason }) => value ?? `nothing: ${reason}`);
        });
        const length = EDITS['store/drawn.svg'].length;
        assert.deepEqual(had, ['part 12', 'part 9', 'a sheet', 'kept', length, 7, 'worked', 'kept']);
      });
    }
  });
}
