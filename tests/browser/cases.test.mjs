// A browser that ends by itself takes no case along.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 120_000 }, () => {
    const { browser, it } = inBrowser(engine);
    let times = 0;

    it('a case whose browser ended begins again, in a new one', { timeout: 60_000 }, async () => {
      times += 1;
      if (times === 1) await browser.driver.quit();
      await browser.driver.get('about:blank');
      assert.equal(times, 2);
    });
  });
}
