// What a worker would do with a request, as it tells a page that asks: nothing is sent for it, and nothing stored.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

const ROUTES = `
[[routes]]
path = "data/*"
policy = "stale-while-revalidate"

[[routes]]
path = "mine/*"
policy = "cache-first"
partition = true

[[routes]]
path = "data/deep/*"
policy = "network-first"
timeoutSeconds = 3

[[routes]]
mode = "navigate"
policy = "network-first"
fallback = "offline.html"
`;

/** Which request, and what is told of it: who answers, and by which route, what is looked for (`+` if it is there), and the three answers. */
const CASES = [
  ['data/none.json', {}, 'keepfresh 0', 'stored-', '', 'asks', 'failure'],
  ['data/news.json', {}, 'keepfresh 0', 'stored+', 'stored hit', 'asks if-modified-since if-none-match', ''],
  ['data/news.json', { cache: 'no-store' }, 'browser', '', '', '', ''],
  ['data/deep/a.json', {}, 'keepfresh 2', 'stored+', '', 'asks within 3', 'stored'],
  ['ASSET', { destination: 'image' }, 'keepfresh', 'asset+', 'found hit', '', ''],
  ['js/none.kf.00000000000000000000.js', { destination: 'script' }, 'keepfresh', 'asset-', '', 'asks', 'failure'],
  ['about.html', { mode: 'navigate' }, 'keepfresh 3', 'page+', '', 'asks', 'found'],
  ['nowhere', { mode: 'navigate' }, 'keepfresh 3', 'stored- fallback+', '', 'asks', 'found'],
  ['data/news.json', { method: 'post' }, 'browser', '', '', '', ''],
  ['other/a.json', {}, 'browser', '', '', '', ''],
  ['mine/a.json', {}, 'keepfresh 1', 'partition', '', '', ''],
];

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    const visit = async (t, edits) => {
      const site = await makeSite({ edits });
      t.after(() => site.close());
      const tab = await openTab(browser.driver, site);
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      const explain = (...asked) =>
        tab.run(
          `async (path, asked) => (await import(path)).explain(...asked)`,
          `/${site.built('js/window.js')}`,
          asked,
        );
      return { explain, site, tab };
    };

    it('a page learns what would become of a request', { timeout: 120_000 }, async (t) => {
      const { explain, site, tab } = await visit(t, { 'keepfresh.toml': ROUTES, 'data/deep/a.json': '{}' });
      for (const path of ['data/news.json', 'data/deep/a.json']) {
        await tab.fetch(path);
        await tab.untilStored(path);
      }
      await site.requests();
      const stored = await tab.stored();
      const all = [];
      for (const [path, init] of CASES) {
        const url = path === 'ASSET' ? site.built('img/leaf.svg') : path;
        const { answer, by, looks, network, offline, route, untold } = await explain(url, init);
        const words = (...all) => all.filter(Boolean).join(' ');
        const within = network?.timeoutSeconds && `within ${network.timeoutSeconds}`;
        all.push([
          path,
          init,
          words(by, route?.toString()),
          words(...looks.map(({ isThere, kind }) => kind + (isThere ? '+' : '-')), untold),
          words(answer?.from, answer && /\bhit\b/.exec(answer.cacheStatus)?.[0]),
          words(network && 'asks', ...(network?.validators ?? []), within),
          offline?.from ?? '',
        ]);
      }
      assert.deepEqual(all, CASES);
      assert.deepEqual(await site.requests(), []);
      assert.deepEqual(await tab.stored(), stored);
    });

    it('a tab is told of the version that it was opened with', { timeout: 120_000 }, async (t) => {
      const toml = '[[routes]]\npath = "docs/*"\npolicy = "cache-first"\n';
      const { explain, site, tab } = await visit(t, { 'keepfresh.toml': toml, 'docs/old.html': '<p>old' });
      const looks = async () => (await explain('docs/old.html')).looks.map(({ isThere }) => isThere);
      assert.deepEqual(await looks(), [true]);
      rmSync(join(site.src, 'docs/old.html'));
      await site.deploy({ 'about.html': (text) => text.replace('</body>', '<p>More.</p></body>') });
      await tab.takeOver();
      assert.deepEqual(await looks(), [true], 'the tab of the old version');
      await tab.open();
      assert.deepEqual(await looks(), [false], 'a tab of the new one');
    });

    it('a worker without routes has nothing to explain', { timeout: 120_000 }, async (t) => {
      const { explain } = await visit(t, { 'keepfresh.toml': '[precache]\nonly = true\n' });
      assert.equal((await explain('about.html')) ?? null, null);
    });
  });
}
