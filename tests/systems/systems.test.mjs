// The systems behind the browser, from the page of each to Redis, the database and the model: it does what the page says.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startSystems } from '../../examples/systems/server.mjs';
import { ROOT } from '../../scripts/run.mjs';
import { missing } from '../node/redis-server.mjs';
import { openChromium } from '../trees/visit.mjs';

/** What there is to press on which page of `www/systems/`. */
const PAGES = {
  assets: ['look', 'stop', 'damage', 'deploy'],
  booking: ['uncached', 'cached'],
  browser: ['visits'],
  instances: ['watch', 'invalidate'],
  predictions: ['predict', 'together'],
  prices: ['write'],
  sessions: ['kill'],
};

/** How long a press may take, on a machine that is busy with something else too. */
const PRESS_MS = 200_000;

describe('systems', { skip: missing, timeout: 900_000 }, () => {
  let browser;
  let folder;
  let page;
  let systems;
  const faults = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keepfresh-systems-'));
    // The build keeps what it remembers beside what it writes.
    const site = join(folder, 'site');
    execFileSync(join(ROOT, 'target/release/keepfresh'), ['build', 'www', '--out', site], {
      cwd: ROOT,
      stdio: 'ignore',
    });
    systems = await startSystems({ site });
    browser = await openChromium();
    page = await (await browser.newContext()).newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    // What makes the buttons work may come late: until then none can be pressed. Once: as long as anything is routed, the
    // page asks for everything past all caches.
    const late = async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await route.continue();
    };
    await page.route(/\/js\/systems\b/, late, { times: 1 });
  });
  after(async () => {
    await browser?.close();
    await systems?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pageOf = (act) => `${systems.url}/systems/${Object.keys(PAGES).find((name) => PAGES[name].includes(act))}.html`;

  /** Presses a button, on its page; what is said when it is done. */
  const press = async (act) => {
    if (page.url() !== pageOf(act)) await page.goto(pageOf(act));
    await page.click(`[data-act="${act}"]`);
    const isDone = (name) => !document.querySelector(`[data-act="${name}"]`).disabled;
    await page.waitForFunction(isDone, act, { timeout: PRESS_MS });
    return page
      .locator('section', { has: page.locator(`[data-act="${act}"]`) })
      .locator('[data-result]')
      .textContent();
  };
  const numbers = (text) => {
    const all = text.match(/\d+(\.\d+)?/g);
    assert.ok(all, `it says: ${text}`);
    return all.map(Number);
  };

  it('a model is asked once for the same input', async () => {
    const [right, , computed] = numbers(await press('predict'));
    assert.ok(right >= 17, `${right} of 20 are right`);
    assert.equal(computed, 20);
    const again = await press('predict');
    assert.deepEqual(numbers(again).slice(0, 3), [right, 20, 0]);
    assert.match(await press('together'), /^100 at once over two instances: computed once/);
  });

  it('a database is asked a twentieth as often, and less', async () => {
    const [answers, queries] = numbers(await press('uncached'));
    assert.ok(queries >= answers);
    const [answersNow, queriesNow] = numbers(await press('cached'));
    assert.ok(answersNow > answers);
    assert.ok(queriesNow * 20 <= answersNow, `${queriesNow} queries for ${answersNow} answers`);
  });

  it('a write is never seen undone, and costs a query or two', async () => {
    await press('write');
    const text = await press('write');
    const [writes, reads, queries] = numbers(text);
    assert.deepEqual([writes, reads], [20, 820]);
    assert.ok(queries <= 40, `${queries} queries`);
    assert.match(text, /a write was seen undone never$/);
  });

  it('what is served is what was built, whichever server fails or lies', async () => {
    const asked = async (act) => {
      const text = await press(act);
      assert.match(text, /(\d+) files, 0 of them not as they were built/, text);
      return { text, first: Number(/first nginx was asked for (\d+)/.exec(text)[1]), second: numbers(text).at(-1) };
    };
    const first = await asked('look');
    assert.ok(first.first > 50 && first.second === 0, first.text);
    const again = await asked('look');
    // Pages are validated each time, once each; what has a fingerprint is not asked for again.
    assert.ok(again.first > 0 && again.first < first.first / 3, again.text);
    const without = await asked('stop');
    assert.deepEqual([without.first, without.second], [0, again.first]);
    await asked('stop');
    const damaged = await asked('damage');
    assert.ok(damaged.first > 50 && damaged.second > 5, damaged.text);
    const [whole, deltas] = /([\d.]+) kB whole, ([\d.]+) kB as deltas/
      .exec(await press('deploy'))
      .slice(1)
      .map(Number);
    assert.ok(deltas * 10 < whole, `${deltas} kB of ${whole}`);
  });

  it('nothing that was acknowledged is lost when the process is killed, and nothing stays of who has left', async () => {
    const text = await press('kill');
    const [clicks, lost, reads, queries, left] = numbers(text);
    assert.ok(clicks >= 240 && reads > 3 * queries, text);
    assert.deepEqual([lost, left], [0, 0]);
  });

  it('three instances ask once, and have what is new', async () => {
    await press('invalidate');
    assert.match(
      await press('invalidate'),
      /^300 reads; the origin server was asked (once|twice|3 times); all had what is new/,
    );
  });

  it('tabs have what is new, too, and ask for it once', async () => {
    // Only who is controlled by a worker has it in common with others.
    await page.goto(pageOf('watch'));
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.reload();
    const second = await page.context().newPage();
    second.on('pageerror', (error) => faults.push(error.message));
    await second.goto(pageOf('watch'));
    const result = second.locator('[data-system="instances"] [data-result]');
    await press('watch');
    await second.click('[data-act="watch"]');
    await second.waitForFunction(() => /watching/.test(document.querySelector('[data-system="instances"]').innerText));
    assert.match(await result.textContent(), /version \d+, which this browser had/);
    for (let n = 0; n < 3; n++)
      assert.match(await press('invalidate'), /; 2 of 2 tabs \d+ ms later, which asked once$/);
    const [text, version] = /version (\d+)/.exec(await result.textContent());
    await press('invalidate');
    assert.match(await result.textContent(), new RegExp(`version ${Number(version) + 1}`), text);
    await second.close();
  });

  it('a browser comes back: at once, without a network too, and for an update it fetches what has changed', async () => {
    const lines = (await press('visits')).split('\n');
    const seen = lines.map((line) => /^(.+): (.+) without; (.+) with$/.exec(line)?.slice(1) ?? assert.fail(line));
    assert.deepEqual(
      seen.map(([visit]) => visit),
      ['first', 'again', 'another page', 'offline', 'after a deploy', 'once more'],
    );
    const hidden = seen.flatMap(([visit, without, ours]) => [
      ...(/not/.test(without) ? [`${visit} without`] : []),
      ...(/not/.test(ours) ? [`${visit} with`] : []),
    ]);
    assert.deepEqual(hidden, ['offline without']);
    const bytes = (name) => Number(/([\d.]+) kB/.exec(seen.find(([visit]) => visit === name)[2])[1]);
    assert.ok(bytes('again') < 1 && bytes('offline') === 0, lines.join());
    assert.ok(bytes('after a deploy') * 10 < bytes('first'), lines.join());
  });

  it('the pages have no faults, and say what to do without a server', async () => {
    // From one to the next, there is one for each.
    await page.goto(`${systems.url}/systems.html`);
    const first = page.locator('main li a').first();
    const links = await page.locator('main li a').evaluateAll((all) => all.map(({ href }) => href));
    assert.deepEqual(links.map((link) => /(\w+)\.html$/.exec(link)[1]).sort(), Object.keys(PAGES));
    await first.click();
    for (const link of [...links.slice(1), links[0]]) {
      await page.locator('main p a').last().click();
      await page.waitForURL(link);
    }
    assert.deepEqual(faults, []);
    await page.route('**/api/**', (route) => route.abort());
    assert.equal(await press('together'), 'The server does not answer. npm run systems starts it.');
  });
});
