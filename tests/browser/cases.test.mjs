// A browser that ends by itself, or loses something, takes no case along.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { MARK, whatIsLost } from './lost.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);
    let times = 0;

    it('a case whose browser ended begins again, in a new one', { timeout: 60_000 }, async () => {
      times += 1;
      if (times === 1) await browser.driver.quit();
      await browser.driver.get('about:blank');
      assert.equal(times, 2);
    });

    const visit = async (t) => {
      const site = await makeSite();
      t.after(() => site.close());
      const server = await serve(site.dist, () => undefined);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: () => server.url });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      assert.equal(await whatIsLost(browser.driver), undefined);
      return tab;
    };

    it('a page that misses a state of its worker is told from one that does not', { timeout: 120_000 }, async (t) => {
      const tab = await visit(t);
      await tab.run(() => void Object.defineProperty(ServiceWorker.prototype, 'state', { get: () => 'installing' }));
      assert.equal(await whatIsLost(browser.driver), 'the states of workers');
    });

    it('what a browser has lost is told from what somebody has removed', { timeout: 120_000 }, async (t) => {
      const tab = await visit(t);
      await tab.run(async () => void (await Promise.all((await caches.keys()).map((name) => caches.delete(name)))));
      assert.equal(await whatIsLost(browser.driver), undefined);
      await tab.run(async (name, key) => void (await (await caches.open(name)).delete(key)), ...MARK);
      assert.equal(await whatIsLost(browser.driver), 'what was stored');
    });

    // Where nothing is ever lost there is nothing to find.
    if (engine === 'WebKit') {
      it('what is lost with the last tab of a site is found to be', { timeout: 120_000 }, async (t) => {
        const site = await makeSite();
        t.after(() => site.close());
        for (const expected of [undefined, 'what was stored']) {
          const tab = await openTab(browser.driver, site);
          await tab.open('data/news.json');
          assert.equal(await whatIsLost(browser.driver), expected);
          await tab.close();
        }
      });
    }
  });
}
