// The demonstration site: every page of it opens without a fault in every engine, on a first visit and offline.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe } from 'node:test';
import { ROOT } from '../../scripts/run.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

const WWW = join(ROOT, 'www');

/** Hosts show it in the place of what is not there; nobody goes to it, and it is not precached. */
const ERROR_PAGE = '404.html';

const PAGES = readdirSync(WWW, { recursive: true })
  .filter((path) => path.endsWith('.html') && path !== ERROR_PAGE)
  .sort();

/** Stands in front of all scripts of a page, for WebDriver tells of faults in some engines only. */
const RECORDER = `
globalThis.faults = [];
const record = (text) => globalThis.faults.push(text);
addEventListener('error', ({ target, message }) => record(message ?? 'not loaded: ' + (target.src ?? target.href)), true);
addEventListener('unhandledrejection', ({ reason }) => record('not handled: ' + reason));
console.error = (...words) => record(words.join(' '));
`;

/** The edit that brings the recorder into every page. */
const RECORDING = Object.fromEntries([
  ['recorder.js', RECORDER],
  ...PAGES.map((path) => {
    const url = join(relative(dirname(path), '.'), 'recorder.js');
    return [path, (html) => html.replace(/<head>/i, `$&<script src="${url}"></script>`)];
  }),
]);

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    it('every page opens without a fault, online and offline', { timeout: 300_000 }, async (t) => {
      const site = await makeSite({ folder: WWW, edits: RECORDING });
      t.after(() => site.close());
      const tab = await openTab(browser.driver, site);
      t.after(() => tab.close());

      const titles = new Map();
      for (const path of PAGES) {
        await tab.open(path);
        assert.deepEqual(await faults(tab), [], `${path}, online`);
        titles.set(path, await tab.run(() => document.title));
      }
      await tab.open();
      await tab.controlled();
      for (const path of PAGES) {
        await tab.open(path);
        assert.deepEqual(await faults(tab), [], `${path}, with a worker in control`);
      }
      const failed = (await site.requests()).filter((line) => !/ [23]\d\d$/.test(line));
      assert.deepEqual(failed, []);

      await site.stop();
      for (const path of PAGES) {
        await tab.open(path);
        assert.deepEqual(await faults(tab), [], `${path}, offline`);
        assert.equal(await tab.run(() => document.title), titles.get(path), `${path}, offline`);
      }
    });
  });
}

/** What went wrong in a page, once all that it loads has come. Pictures that wait to be scrolled to are asked for. */
async function faults(tab) {
  await tab.until('the page and what it loads', () => {
    for (const image of document.querySelectorAll('img')) image.loading = 'eager';
    return document.readyState === 'complete' && [...document.images].every((image) => image.complete);
  });
  return tab.run(async () => {
    await document.fonts.ready;
    return globalThis.faults ?? ['the recorder was not loaded'];
  });
}
