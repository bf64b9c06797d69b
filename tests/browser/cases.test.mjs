// A browser that ends by itself, or whose page knows less of its worker than others, takes no case along.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { missesStates } from './lost-states.mjs';
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

    it('a page that misses a state of its worker is told from one that does not', { timeout: 120_000 }, async (t) => {
      const site = await makeSite();
      t.after(() => site.close());
      const server = await serve(site.dist, () => undefined);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: () => server.url });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      assert.equal(await missesStates(browser.driver), false);
      await tab.run(() => void Object.defineProperty(ServiceWorker.prototype, 'state', { get: () => 'installing' }));
      assert.equal(await missesStates(browser.driver), true);
    });
  });
}
