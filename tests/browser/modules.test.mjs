// What the build makes of modules and digests runs in every engine as it ran before: by fingerprints and by import
// maps, with integrity and without.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

const FOLDER = fileURLToPath(new URL('modules', import.meta.url));
/** Modules that are loaded by several names, each of which counts how often it is asked. */
const TWICE = fileURLToPath(new URL('twice', import.meta.url));
const SETTINGS = [
  ['cascade', ''],
  ['cascade, with digests', 'integrity = "sha512"\n'],
  ['import maps', 'modules = "import-map"\n'],
  ['import maps, with digests', 'modules = "import-map"\nintegrity = "sha384"\n'],
];

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    for (const [name, settings] of SETTINGS) {
      it(name, async (t) => {
        const site = await makeSite({ folder: FOLDER, edits: { 'keepfresh.toml': settings } });
        t.after(() => site.close());
        const tab = await openTab(browser.driver, site);
        t.after(() => tab.close());
        await tab.open();
        await tab.until('the modules to run', () => document.title !== 'not run');
        assert.equal(await tab.run(() => document.title), 'circle app1 part lazy-part worker-part');
        assert.equal(await tab.run(() => document.documentElement.dataset.inline), 'circle');
        assert.equal(await tab.run(() => getComputedStyle(document.body).color), 'rgb(1, 2, 3)');
        const asked = await site.requests();
        const plain = asked.filter((line) => !/ \/ |\.kf\.|favicon\.ico/.test(line));
        assert.deepEqual(plain, [], 'whatever is loaded carries a fingerprint');
        assert.deepEqual(
          [...new Set(asked)].length,
          asked.length - repeatedByWorker(asked),
          'and nothing is loaded twice',
        );
      });
    }

    for (const [name, settings] of SETTINGS) {
      it(`no module is there twice: ${name}`, async (t) => {
        const site = await makeSite({ folder: TWICE, edits: { 'keepfresh.toml': settings } });
        t.after(() => site.close());
        const tab = await openTab(browser.driver, site);
        t.after(() => tab.close());
        await tab.open();
        const expected = { store: '4', computed: '2', prefixed: '2', scoped: 'dep', exact: 'exact' };
        await tab.until(
          'all to have counted',
          (wanted) => {
            const { dataset } = document.documentElement;
            return Object.keys(wanted).every((key) => dataset[key] === wanted[key]);
          },
          expected,
        );
      });
    }
  });
}

/** A worker has a module map of its own: what it shares with the page is asked for again, or comes from the cache. */
const repeatedByWorker = (asked) =>
  asked.filter((line, n) => asked.indexOf(line) < n && /part\.kf\./.test(line)).length;
