// A browser whose site comes through the edge, from two origin servers: it installs, updates by deltas, and does so though one of
// them is gone and the other lies.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { deploy, startAssets } from '../../examples/systems/assets.mjs';
import { openChromium } from '../trees/visit.mjs';

describe('a browser behind the edge', { timeout: 200_000 }, () => {
  let browser;
  let page;
  let system;
  const faults = [];
  before(async () => {
    system = await startAssets();
    browser = await openChromium();
    page = await browser.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
  });
  after(async () => {
    await browser?.close();
    await system?.close();
  });

  /** In the page: the version that is active once nothing is being installed. */
  const installed = async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const worker = registration.installing ?? registration.waiting;
    while (registration.installing) await new Promise((resolve) => setTimeout(resolve, 50));
    return worker?.state !== 'redundant';
  };

  it('installs from who has what was built', async () => {
    system.origins[0].damage();
    await page.goto(system.base);
    assert.equal(await page.evaluate(installed), true);
    const rules = await page.evaluate(() => [...document.styleSheets].map(({ cssRules }) => cssRules.length));
    assert.ok(rules.length > 0 && rules.every((count) => count > 0), `${rules}`);
  });

  it('is brought up to date by deltas, from the one that is left', async () => {
    await system.origins[0].stop();
    const { after, before } = await deploy(system);
    await system.origins[0].stop();
    for (const origin of system.origins) origin.sent();
    assert.equal(await page.evaluate(installed), true);
    const sent = system.origins.map((origin) => origin.sent());
    assert.deepEqual(sent[0], []);
    assert.ok(
      sent[1].some((path) => /\.update$/.test(path) && path.includes(before.version)),
      sent[1].join(' '),
    );
    const whole = Object.values(after.files).filter(({ url, immutable }) => immutable && sent[1].includes(`/${url}`));
    assert.deepEqual(whole, []);
    // The page that asked goes on with what it had; the next has what is new.
    await page.goto('about:blank');
    await page.goto(system.base);
    await page.waitForSelector('[data-release="2"]');
    assert.deepEqual(faults, []);
  });
});
