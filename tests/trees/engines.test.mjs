// Two of the real trees in the other engines: the document and the picture of each page before the build and after it,
// and what the server was asked for and did not have.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { inBrowser } from '../browser/cases.mjs';
import { chosenEngines } from '../browser/engines.mjs';
import { until } from '../browser/until.mjs';
import { countPixels, differences } from './compare.mjs';
import { beforeAndAfter, deploy, obtain } from './deployed.mjs';
import { TREES } from './trees.mjs';
import { openChromium } from './visit.mjs';

for (const engine of chosenEngines().filter((name) => name !== 'Chromium')) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);
    let counter;
    before(async () => (counter = await openChromium()));
    after(() => counter?.close());

    for (const tree of TREES.filter(({ engines }) => engines)) {
      it(`${tree.name} is the same`, { timeout: 300_000 }, async (t) => {
        const { src, reason } = await obtain(tree);
        if (!src) return t.skip(reason);
        const site = await deploy(tree, src);
        t.after(() => site.close());
        for (const page of tree.engines) {
          const see = (server) => visit(browser.driver, server, site.url(page));
          const { found } = await beforeAndAfter(site, see, comparison(counter));
          assert.deepEqual(found, {}, page);
        }
      });
    }
  });
}

/** WebDriver does not tell who asked for something. */
const comparison = (counter) => {
  const differingPixels = (...pictures) => countPixels(counter, ...pictures);
  return (...visits) => differences(...visits, { immutable: () => true, differingPixels });
};

async function visit(driver, server, url) {
  const log = server.log();
  log.length = 0;
  await driver.get(url);
  let html;
  let asked;
  await until('the page to rest', async () => {
    const [lastHtml, lastAsked] = [html, asked];
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    html = await driver.executeScript('return document.documentElement.outerHTML');
    asked = log.length;
    return html === lastHtml && asked === lastAsked;
  });
  await driver.executeScript(HIDE_SCROLLBARS);
  const picture = Buffer.from(await driver.takeScreenshot(), 'base64');
  const seen = [...log].filter(({ path }) => path !== 'favicon.ico'); // Asked for once in the life of a browser.
  return {
    loaded: seen.filter(({ status }) => status === 200).map(({ path }) => ({ url: path })),
    failures: seen.filter(({ status }) => status !== 200).map(({ path, status }) => `${status} ${path}`),
    faults: [],
    html,
    picture,
  };
}

/** They fade in and out in WebKit, as they like. */
const HIDE_SCROLLBARS = `
  const style = document.createElement('style');
  style.textContent = '* { scrollbar-width: none !important } ::-webkit-scrollbar { display: none !important }';
  document.head.append(style);`;

/** Nothing may happen in a page for as long as this. */
const QUIET_MS = 700;
