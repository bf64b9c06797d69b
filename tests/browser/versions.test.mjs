// How a version comes: out of packs, from the one before with deltas; and whole, whatever is wrong with these.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { damages } from './damages.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

const PARTS = Array.from({ length: 20 }, (_, i) => `js/part-${i}.js`);
const part = (i, version) =>
  `// ${Array.from({ length: 300 }, (_, n) => (n * (i + 7)) % 991).join(' ')}\nself.part${i} = '${version}';\n`;

/** Functions with names as minifiers give them, from the so-many-th name on. */
const minified = (from) => {
  const name = (n) =>
    `${'abcdefghijkl'[Math.floor((from + n) / 30)]}${'ZYXWVUTSRQPONMLKJIHGFEDCBA0123456789'[(from + n) % 30]}`;
  const calls = (n) => [7, 11, 17, 23, 29].map((step) => `${name((n * n * step) % 330)}(e,${n})`).join('+');
  return Array.from({ length: 330 }, (_, n) => `function ${name(n)}(e,t){return ${calls(n)}+t.length}`).join('\n');
};
const links = PARTS.map((path) => `<link rel="prefetch" href="${path}">`).join('\n');

/** A site with many small files, which keeps two earlier releases. */
const SITE = {
  'index.html': (text) => text.replace('</head>', `${links}\n</head>`),
  'keepfresh.toml': (text) => `keep = 2\n${text}`,
  ...Object.fromEntries(PARTS.map((path, i) => [path, part(i, 'one')])),
};

/** A release of it in which a script, its name, and a page have changed. */
const NEXT = {
  [PARTS[3]]: part(3, 'two'),
  [PARTS[5]]: part(5, 'two'),
  'about.html': (text) => text.replace('</body>', '<p>And more.</p></body>'),
};

const half = (bytes) => bytes.subarray(0, bytes.length >> 1);
const other = (bytes) => bytes.map((byte, at) => (at === bytes.length - 9 ? byte ^ 1 : byte));
const nothing = () => Buffer.alloc(0);
const swapped = () => Buffer.from('5 js/x.js text/javascript\n\nhello');
const FAULTS = {
  404: 404,
  500: 500,
  'no answer': 'break',
  half,
  'a flipped bit': other,
  nothing,
  'another file': swapped,
};

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    const visit = async (t, mood = () => undefined, cacheControl = 'max-age=60', edits = {}) => {
      const site = await makeSite({ edits: { ...SITE, ...edits } });
      t.after(() => site.close());
      const server = await serve(site.dist, mood, cacheControl);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      return { server, site, tab };
    };

    /** Deploys another version, has it installed, and lets it take over. */
    const update = async ({ server, site, tab }, edits = NEXT) => {
      server.byWorker.length = 0;
      await site.deploy(edits);
      await tab.run(async () => void (await (await navigator.serviceWorker.ready).update()));
      await tab.until('the new version to be installed', async () => {
        const { waiting } = await navigator.serviceWorker.ready;
        return waiting?.state === 'installed';
      });
      await tab.run(async () =>
        (await navigator.serviceWorker.ready).waiting.postMessage({ type: 'keepfresh:activate' }),
      );
      await tab.until('the new version to be active', async () => {
        const { active, waiting } = await navigator.serviceWorker.ready;
        return !waiting && active?.state === 'activated';
      });
      assert.deepEqual(await tab.run(damages, site.version), []);
    };
    const asked = ({ server }, pattern) => server.byWorker.filter((path) => pattern.test(path));

    it('a first install downloads packs, and files that are not in them', { timeout: 120_000 }, async (t) => {
      const there = await visit(t);
      assert.deepEqual(await there.tab.run(damages, there.site.version), []);
      assert.equal(asked(there, /\.pack$/).length, 1);
      assert.deepEqual(asked(there, /part-/), []);
      assert.equal(asked(there, /about\.html/).length, 1);
      const [type, length] = await there.tab.run(async (path) => {
        const { headers } = await caches.match(path);
        return [headers.get('content-type'), headers.get('content-length')];
      }, there.site.built(PARTS[0]));
      assert.deepEqual([type, Number(length)], ['text/javascript; charset=utf-8', part(0, 'one').length]);
    });

    const skip = engine === 'WebKit' && 'it has no idle callbacks, and keeps no compiled code';
    it('a script out of a pack is stored once more by a page that uses it', { skip, timeout: 120_000 }, async (t) => {
      const there = await visit(t);
      const url = there.server.url + '/' + there.site.built(PARTS[0]);
      const stored = (url) => caches.match(url).then((response) => response.url);
      assert.equal(await there.tab.run(stored, url), '');
      await there.tab.run(
        `async (url) => {
        await new Promise((onload) => document.head.append(Object.assign(document.createElement('script'), { src: url, onload })));
        const { register } = await import('/${there.site.built('js/window.js')}');
        await register();
      }`,
        url,
      );
      await there.tab.until('it to be stored once more', async (url) => (await caches.match(url)).url === url, url);
      assert.deepEqual(await there.tab.run(damages, there.site.version), []);
    });

    it('an update downloads what has changed, and nothing else', { timeout: 120_000 }, async (t) => {
      const there = await visit(t);
      await update(there);
      const files = there.server.byWorker.map((path) => path.replace(/[0-9a-f]{20}/g, 'X')).sort();
      assert.deepEqual(files, ['/keepfresh/X.kf.X.update']);
      // One that has missed a release gets there as well.
      await update(there, { [PARTS[3]]: part(3, 'three') });
      assert.deepEqual(asked(there, /part-|\.html|\.pack/), []);
    });

    it('a renamed file is made out of the one that it was', { timeout: 120_000 }, async (t) => {
      const there = await visit(t);
      const renamed = (text) => text.replaceAll('part-7.js', 'chunk.js');
      await update(there, { 'js/chunk.js': part(7, 'two'), 'index.html': renamed });
      assert.deepEqual(asked(there, /chunk/), []);
    });

    it(
      'a script whose names were given anew costs no more than what was written anew',
      { timeout: 120_000 },
      async (t) => {
        const there = await visit(t, undefined, 'max-age=60', { 'js/part-0.js': minified(0) });
        await update(there, { 'js/part-0.js': minified(1) });
        const [path, ...more] = there.server.byWorker.filter((path) => !path.includes('/list.'));
        assert.deepEqual(more, []);
        const [head] = readFileSync(join(there.site.dist, path), 'latin1').split('\n\n', 1);
        // One whose line says where its bytes are.
        const lines = head.split('\n').map((line) => line.split(' '));
        const [, , bytes] = lines.find((line) => line.length === 5);
        assert.ok(bytes < 1000, `${bytes} bytes`);
      },
    );

    it('where the fields of pages have changed, pages are fetched', { timeout: 120_000 }, async (t) => {
      const there = await visit(t);
      await update(there, { ...NEXT, _headers: '/*\n  X-Frame-Options: DENY\n' });
      assert.deepEqual(asked(there, /part-/), []);
      assert.equal(asked(there, /about\.html/).length, 1);
    });

    it('pages that came before the fields changed are not taken over later', { timeout: 120_000 }, async (t) => {
      const there = await visit(t);
      // The version is the same: its pages stay as they came.
      await update(there, { _headers: '/*\n  X-Frame-Options: DENY\n' });
      await update(there);
      assert.equal(asked(there, /about\.html/).length, 1);
      assert.deepEqual(asked(there, /part-/), []);
    });

    for (const [name, mood] of Object.entries(FAULTS)) {
      it(`${name} in the place of a pack: its files are fetched`, { timeout: 120_000 }, async (t) => {
        const there = await visit(t, (path) => path.endsWith('.pack') && mood, 'no-store');
        assert.deepEqual(await there.tab.run(damages, there.site.version), []);
        assert.equal(new Set(asked(there, /part-/)).size, PARTS.length);
      });

      it(`${name} in the place of an update: what has changed is fetched`, { timeout: 120_000 }, async (t) => {
        const there = await visit(t);
        there.server.mood = (path) => path.endsWith('.update') && mood;
        await update(there);
        assert.ok(asked(there, /part-|about/).length > 0, String(there.server.byWorker));
        assert.deepEqual(asked(there, /part-[124]\./), []);
      });
    }

    for (const [name, spoil] of [
      ['is not there', (cache, path) => cache.delete(path)],
      ['has other bytes', (cache, path) => cache.put(path, new Response('something else'))],
      ['is empty', (cache, path) => cache.put(path, new Response(''))],
    ]) {
      it(`what a delta is made from ${name}: the file is fetched`, { timeout: 120_000 }, async (t) => {
        const there = await visit(t);
        const [path] = [there.site.built(PARTS[3])];
        const run = `async (path) => {
          const cache = await caches.open((await caches.keys()).find((name) => name.endsWith(':assets')));
          await (${spoil})(cache, new URL(path, location.href).href);
        }`;
        await there.tab.run(run, path);
        await update(there);
        assert.equal(asked(there, /part-3\./).length, 1);
        assert.deepEqual(asked(there, /part-5\./), []);
      });
    }
  });
}
