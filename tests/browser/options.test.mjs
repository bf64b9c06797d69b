// What a site can turn on beside its routes: navigation preload, and counting.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { visitInFront } from './in-front.mjs';
import { until } from './until.mjs';

const toml = (options) => `${options}
[[routes]]
mode = "navigate"
policy = "network-first"
fallback = "offline.html"

[[routes]]
path = "data/*"
policy = "cache-first"
`;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site with options, a server that notes what is asked of it, and a tab whose page is controlled. */
    const visit = (t, options, edits = {}) => {
      const answer = async ({ url, headers }, _, { asked }) => {
        asked.push({ url, preload: headers['service-worker-navigation-preload'] });
        return false;
      };
      return visitInFront(t, browser, { edits: { 'keepfresh.toml': toml(options), ...edits }, answer, asked: [] });
    };

    it('a page is asked for once, while the worker starts', { timeout: 120_000 }, async (t) => {
      const { asked, site, tab } = await visit(t, 'navigation-preload = true');
      // WebKit has it, too, but asks for some pages twice (js/worker/preload.ts).
      const isThere = await tab.run(async () => 'navigationPreload' in (await navigator.serviceWorker.ready));
      const preload = isThere && engine !== 'WebKit' ? 'true' : undefined;
      asked.length = 0;
      const paths = Array.from({ length: 12 }, (_, index) => `about.html?time=${index}`);
      for (const path of paths) await tab.open(path);
      const pages = asked.filter(({ url }) => url.startsWith('/about.html'));
      assert.deepEqual(
        pages,
        paths.map((path) => ({ url: `/${path}`, preload })),
      );
      await tab.untilStored(paths[0]);

      // A version without it turns it off.
      await site.deploy({ 'keepfresh.toml': toml('') });
      await tab.takeOver();
      asked.length = 0;
      await tab.open('about.html');
      assert.ok(asked.some(({ url, preload }) => url === '/about.html' && !preload));
    });

    it('offline the stored page is there all the same', { timeout: 120_000 }, async (t) => {
      const state = await visit(t, 'navigation-preload = true');
      await state.tab.open('about.html');
      await state.tab.untilStored('about.html');
      state.isDown = true;
      await state.tab.open('about.html');
      assert.equal((await state.tab.facts()).page, 'about');
      await state.tab.open('nowhere.html');
      assert.equal((await state.tab.facts()).page, 'offline');
    });

    it('the page of a captive portal is nothing to keep', { timeout: 120_000 }, async (t) => {
      const state = await visitInFront(t, browser, {
        edits: { 'keepfresh.toml': toml(''), 'data/later.json': '"data"' },
        answer: (_, response, { isPortal }) => {
          if (isPortal) response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
          return Boolean(isPortal);
        },
        isPortal: false,
      });
      const ask = async () => (await state.tab.fetch('data/later.json')).text;
      state.isPortal = true;
      assert.equal(await ask(), '<h1>Sign in</h1>');
      state.isPortal = false;
      assert.equal(await ask(), '"data"');
      await state.tab.untilStored('data/later.json');
      state.isPortal = true;
      assert.equal(await ask(), '"data"');
    });

    it('what has moved to another origin is followed there', { timeout: 120_000 }, async (t) => {
      const other = createServer((request, response) => {
        // It consents to be read, and to no fields.
        const headers = { 'access-control-allow-origin': '*', 'cache-control': 'max-age=60' };
        response.writeHead(request.method === 'GET' ? 200 : 403, headers).end('elsewhere');
      });
      await new Promise((resolve) => other.listen(0, 'localhost', resolve));
      t.after(() => new Promise((resolve) => (other.close(resolve), other.closeAllConnections())));
      const location = `http://localhost:${other.address().port}/there`;
      const policies = ['http', 'stale-while-revalidate', 'network-first', 'cache-first'];
      const route = (policy) => `[[routes]]\npath = "moved/${policy}/*"\npolicy = "${policy}"\n`;
      const state = await visitInFront(t, browser, {
        edits: { 'keepfresh.toml': policies.map(route).join('') },
        answer: ({ url }, response, { isMoved }) => {
          if (!url.startsWith('/moved/')) return false;
          if (isMoved || url.endsWith('/at-once')) response.writeHead(302, { location }).end();
          else response.writeHead(200, { etag: '"1"', 'cache-control': 'no-cache' }).end('here');
          return true;
        },
        isMoved: false,
      });
      const ask = async (path) => (await state.tab.fetch(path)).text;
      for (const policy of policies) {
        assert.equal(await ask(`moved/${policy}/at-once`), 'elsewhere', policy);
        assert.equal(await ask(`moved/${policy}/later`), 'here', policy);
        await state.tab.untilStored(`moved/${policy}/later`);
      }
      state.isMoved = true;
      for (const policy of ['http', 'network-first'])
        assert.equal(await ask(`moved/${policy}/later`), 'elsewhere', policy);
    });

    it('a page that is never kept has one that stands in for it', { timeout: 120_000 }, async (t) => {
      const never = '[[routes]]\npath = "about.html"\npolicy = "network-only"\nfallback = "offline.html"\n';
      const state = await visit(t, never);
      await state.tab.open('about.html');
      assert.equal((await state.tab.facts()).page, 'about');
      state.isDown = true;
      await state.tab.open('about.html');
      assert.equal((await state.tab.facts()).page, 'offline');
    });

    it('what was read is in memory, and no older than the store', { timeout: 120_000 }, async (t) => {
      const state = await visit(t, 'memory-bytes = 100000');
      const { tab } = state;
      const { text } = await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      for (let time = 0; time < 3; time++) assert.equal((await tab.fetch('data/news.json')).text, text);
      // Behind the worker's back: what it still answers with is in memory.
      await tab.run(async () => {
        for (const name of await caches.keys()) await caches.delete(name);
      });
      state.isDown = true;
      const { cacheStatus, text: again } = await tab.fetch('data/news.json');
      assert.deepEqual([again, /hit/.test(cacheStatus)], [text, true]);
      state.isDown = false;
      const invalidate = async (url) => (await import(new URL('js/window.js', document.baseURI))).invalidate(url);
      await tab.run(invalidate, 'data/news.json');
      state.isDown = true;
      await assert.rejects(tab.fetch('data/news.json'), 'what is to be forgotten is');
    });

    it('what becomes of requests is counted', { timeout: 120_000 }, async (t) => {
      const { tab } = await visit(t, 'stats = true');
      const stats = () => tab.run(async () => (await import(new URL('js/window.js', document.baseURI))).stats());
      const before = await stats();
      assert.ok(before.since > 0 && before.bounds.length > 5);
      await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      await tab.fetch('data/news.json');
      await tab.fetch('data/news.json');
      const counted = await until('all to be counted', async () => {
        const now = await stats();
        return now.store.requests >= before.store.requests + 2 && now;
      });
      assert.equal(counted.outcomes.hit - (before.outcomes.hit ?? 0), 2, JSON.stringify(counted));
      assert.equal(counted.outcomes['fwd=uri-miss'] - (before.outcomes['fwd=uri-miss'] ?? 0), 1);
      assert.ok(counted.store.bytes > before.store.bytes && counted.network.requests > before.network.requests);
      const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
      assert.equal(sum(counted.store.milliseconds), counted.store.requests);
      assert.equal((await tab.fetch('__keepfresh/stats')).status, 200);
    });

    it("a listener of the site's own is asked first", { timeout: 120_000 }, async (t) => {
      const { tab } = await visit(t, 'own-worker = "own.js"', {
        'own.js': `self.addEventListener('fetch', (event) => {
          const { pathname } = new URL(event.request.url);
          if (/^[/]data[/]own-[0-9]+$/.test(pathname)) event.respondWith(new Response('its own'));
        });`,
      });
      assert.equal((await tab.fetch('data/own-7')).text, 'its own');
      const { text } = await tab.fetch('data/news.json');
      await tab.untilStored('data/news.json');
      const stored = await tab.fetch('data/news.json');
      assert.deepEqual([stored.text, /hit/.test(stored.cacheStatus)], [text, true], 'and all else is ours');
    });

    it('nothing is counted unless it is asked for', { timeout: 120_000 }, async (t) => {
      const { tab } = await visit(t, '');
      const stats = () => tab.run(async () => (await import(new URL('js/window.js', document.baseURI))).stats());
      assert.equal(await stats(), null);
      assert.equal((await tab.fetch('__keepfresh/stats')).status, 404);
    });
  });
}
