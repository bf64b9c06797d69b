// Requests that are the same, at once: one of them reaches the network, whatever the policy.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

/** All but those that do not ask the network, or leave it to the browser. */
const POLICIES = ['cache-first', 'http', 'network-first', 'race', 'stale-while-revalidate'];
const COUNT = 10;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    // What a response forbids (`no-cache`, `no-store`) cannot be one for all, nor by HTTP what is stale at once (RFC 9111,
    // section 4).
    for (const says of ['max-age=60', ''])
      it(
        `of ${COUNT} requests one goes to the network (${says || 'nothing said'})`,
        { timeout: 120_000 },
        async (t) => {
          const route = (policy) => `[[routes]]\npath = "data/${policy}.json"\npolicy = "${policy}"\n`;
          const files = POLICIES.map((policy) => [`data/${policy}.json`, `{"policy": "${policy}"}`]);
          const edits = { ...Object.fromEntries(files), 'keepfresh.toml': POLICIES.map(route).join('\n') };
          const site = await makeSite({ edits });
          t.after(() => site.close());
          const server = await serve(site.dist, (path) => path.startsWith('/data/') && pause(2000), says);
          t.after(() => server.close());
          const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
          t.after(() => tab.close());
          await tab.open();
          await tab.controlled();
          for (const policy of POLICIES.filter((one) => says || one !== 'http')) {
            const path = `/data/${policy}.json`;
            const texts = await tab.run(
              (url, count) => Promise.all(Array.from({ length: count }, async () => (await fetch(url)).text())),
              path,
              COUNT,
            );
            assert.deepEqual([...new Set(texts)], [`{"policy": "${policy}"}`], policy);
            assert.equal(server.asked.filter((one) => one === path).length, 1, policy);
          }
        },
      );

    it('a body that stalls keeps who comes later waiting for a while', { timeout: 120_000 }, async (t) => {
      // The browser's own cache would have the second one wait for the first, with or without a worker.
      const ROUTE = '[[routes]]\npath = "data/*"\npolicy = "cache-first"\nheaders = "override"\nmaxAgeSeconds = 60\n';
      const site = await makeSite({ edits: { 'keepfresh.toml': ROUTE } });
      t.after(() => site.close());
      let asked = 0;
      const answers = async ({ url }, response) => {
        if (!url.startsWith('/data/')) return false;
        response.writeHead(200, { 'cache-control': 'no-store', 'content-type': 'application/json' }).write('half');
        if (++asked > 1) response.end(' and half');
        return true;
      };
      const server = await serve(site.dist, () => '', 'no-store', answers);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      await tab.run(async () => void (document.stalled = await fetch('/data/a')));
      await pause(5500);
      assert.equal((await tab.fetch('data/a')).text, 'half and half');
      assert.equal(asked, 2);
    });

    it(
      'who gives up takes nobody along, neither before there is an answer nor after',
      { timeout: 120_000 },
      async (t) => {
        const ROUTE = '[[routes]]\npath = "data/*"\npolicy = "cache-first"\n';
        const site = await makeSite({ edits: { 'keepfresh.toml': ROUTE } });
        t.after(() => site.close());
        const open = new Map();
        const answers = async ({ url }, response) => {
          if (!url.startsWith('/data/')) return false;
          open.set(url, [...(open.get(url) ?? []), response]);
          return true;
        };
        const server = await serve(site.dist, () => '', 'no-store', answers);
        t.after(() => server.close());
        const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
        for (const when of ['before', 'after']) {
          const path = `/data/${when}`;
          await tab.run((path) => {
            const { dataset } = document.documentElement;
            Object.assign(dataset, { first: '', other: '' });
            const controller = new AbortController();
            document.giveUp = () => controller.abort();
            const first = fetch(path, { signal: controller.signal });
            first.then(() => (dataset.first = 'begun')).catch(() => {});
            first.then((response) => response.text()).catch(({ name }) => (dataset.first = name));
            const other = fetch(path);
            const read = async (response) => (dataset.other = await response.text());
            other.then(read).catch((error) => (dataset.other = String(error)));
          }, path);
          await until('the server to be asked', () => open.has(path));
          const begin = (response) => response.writeHead(200, { 'cache-control': 'max-age=60' }).write('half, ');
          // The other one waits by now.
          await pause(300);
          if (when === 'after') {
            for (const one of open.get(path)) begin(one);
            await tab.until('an answer to begin', () => document.documentElement.dataset.first === 'begun');
          }
          await tab.run(() => document.giveUp());
          await tab.until('it to be given up', () => document.documentElement.dataset.first === 'AbortError');
          await pause(300);
          for (const one of open.get(path)) {
            if (when === 'before') begin(one);
            one.end('and half');
          }
          await tab.until('all of it', () => document.documentElement.dataset.other === 'half, and half');
          assert.equal(open.get(path).length, 1, when);
        }
      },
    );
  });
}
