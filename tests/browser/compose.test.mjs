// Pages that are put together while they load: of precached files, and of what the server says of them.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { visitInFront } from './in-front.mjs';

const HEAD = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Articles</title>
<script src="js/shared.js" type="module"></script><script>fetch('/seen')</script><p id="head">the head</p>`;
const TOML = `
[[routes]]
path = "articles/*"
mode = "navigate"
policy = "network-first"
before = "parts/head.html"
after = "parts/foot.html"
contentQuery = "content=only"
fallback = "parts/offline.html"

[[routes]]
path = "notes/*"
mode = "navigate"
policy = "http"
before = "parts/head.html"
contentQuery = "content=only"
fallback = "parts/offline.html"
`;

const EDITS = {
  'keepfresh.toml': TOML,
  'parts/head.html': HEAD,
  'parts/foot.html': '<p id="foot">the foot</p></html>',
  'parts/offline.html': '<p id="content">not without a network</p>',
};

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site, a server that says what is in its articles, and a tab whose page is controlled. */
    const visit = (t) => {
      let see;
      const seen = new Promise((resolve) => (see = resolve));
      const answer = async (request, response, state) => {
        const { pathname, searchParams } = new URL(request.url, 'http://localhost');
        if (pathname === '/seen') see('seen');
        if (!/^\/(articles|notes)\//.test(pathname)) return false;
        state.asked.push(request.method === 'GET' ? request.url : `${request.method} ${request.url}`);
        const isContent = searchParams.get('content') === 'only';
        const name = pathname.split('/').pop();
        const moved = {
          old: `/articles/new?${isContent ? 'content=only&' : ''}page=2`,
          // A server that does not know the parameter.
          whole: isContent ? '/articles/whole' : undefined,
        }[name];
        if (moved) {
          response.writeHead(302, { location: moved }).end();
          return true;
        }
        const status = name === 'none' ? 404 : 200;
        response.writeHead(status, { 'content-type': 'text/html', 'cache-control': 'no-cache' });
        response.write(isContent ? '<p id="content">the content of ' : '<p id="all">the whole of ');
        await state.hold;
        response.end(`${name}</p>`);
        return true;
      };
      return visitInFront(t, browser, { edits: EDITS, answer, asked: [], hold: undefined, seen });
    };
    /** What a page shows, by the names of its parts. */
    const shown = (tab) =>
      tab.run(() => Object.fromEntries([...document.querySelectorAll('p[id]')].map((p) => [p.id, p.textContent])));
    const whole = (content) => ({ head: 'the head', content, foot: 'the foot' });

    it('what is there is shown before the content comes, and the content is all that is asked for', async (t) => {
      const state = await visit(t);
      // The content is not there before the script in the head has run; nor for ever, if it does not.
      state.hold = Promise.race([state.seen, new Promise((resolve) => setTimeout(resolve, 50_000, 'nobody'))]);
      await state.tab.open('articles/one#there');
      assert.equal(await state.hold, 'seen');
      assert.deepEqual(await shown(state.tab), whole('the content of one'));
      assert.deepEqual(state.asked, ['/articles/one?content=only']);
    });

    it('offline the stored content is shown, or what stands in for it', async (t) => {
      const state = await visit(t);
      await state.tab.open('articles/one');
      await state.tab.untilStored('articles/one?content=only');
      state.isDown = true;
      await state.tab.open('articles/one');
      assert.deepEqual(await shown(state.tab), whole('the content of one'));
      await state.tab.open('articles/two');
      assert.deepEqual(await shown(state.tab), whole('not without a network'));
      state.isDown = false;
      const [forgotten, untold] = await state.tab.run(async () => {
        const { explain, invalidate } = await import(new URL('/js/window.js', document.baseURI));
        const { untold } = await explain('/articles/one', { mode: 'navigate' });
        return [await invalidate('/articles/one'), untold];
      });
      assert.deepEqual([forgotten, untold], [1, 'composed']);
      state.isDown = true;
      await state.tab.open('articles/one');
      assert.deepEqual(await shown(state.tab), whole('not without a network'));
    });

    it('a redirect leads to another page, once', async (t) => {
      const state = await visit(t);
      await state.tab.open('articles/old');
      await state.tab.until('the other page', () => location.href.endsWith('/articles/new?page=2'));
      assert.deepEqual(await shown(state.tab), whole('the content of new'));
      await state.tab.open('articles/whole');
      assert.deepEqual(await shown(state.tab), { head: 'the head', all: 'the whole of whole', foot: 'the foot' });
    });

    it('an error has its content, a query of its own stays, and what is posted is not put together', async (t) => {
      const state = await visit(t);
      await state.tab.open('articles/none?page=2');
      assert.deepEqual(await shown(state.tab), whole('the content of none'));
      assert.deepEqual(state.asked, ['/articles/none?page=2&content=only']);
      await state.tab.run(() => {
        const form = document.body.appendChild(document.createElement('form'));
        Object.assign(form, { method: 'post', action: 'sent' }).submit();
      });
      await state.tab.until('the answer', () => document.getElementById('all')?.textContent === 'the whole of sent');
      // Of a route that is for all methods, too.
      await state.tab.open('notes/one');
      await state.tab.run(() => {
        const form = document.body.appendChild(document.createElement('form'));
        Object.assign(form, { method: 'post', action: 'kept' }).submit();
      });
      await state.tab.until('the answer', () => document.getElementById('all')?.textContent === 'the whole of kept');
      assert.deepEqual(state.asked.slice(-2), ['/notes/one?content=only', 'POST /notes/kept']);
    });

    it('a new version has its own frame, and without one the page is asked for as a whole', async (t) => {
      const state = await visit(t);
      await state.tab.open('articles/one');
      await state.site.deploy({ 'parts/head.html': HEAD.replace('the head', 'a new head') });
      await state.tab.takeOver();
      await state.tab.open('articles/two');
      assert.equal((await shown(state.tab)).head, 'a new head');
      await state.tab.run(async () => {
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const { url } of await cache.keys()) if (url.includes('/parts/')) await cache.delete(url);
        }
      });
      await state.tab.open('articles/three');
      assert.deepEqual(await shown(state.tab), { all: 'the whole of three' });
    });
  });
}
