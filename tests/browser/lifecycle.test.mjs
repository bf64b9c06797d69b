// Versions as pages see them: what is needed at once and what can wait, how far an install is, who takes over when, and what
// becomes of a version that is not well.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe } from 'node:test';
import { damages } from './damages.mjs';
import { behind, stoppedAfter } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { releases } from './releases.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const ONLY = '[precache]\nonly = true\n';

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 900_000 }, () => {
    const { browser, it } = inBrowser(engine);

    const { apply, call, isOver, look, seen, story, update, watch } = releases(browser, it);

    story(
      'what is optional keeps no version back, and comes later',
      { mood: (path) => (path.includes('pattern') ? 404 : undefined) },
      async ({ server, site, tab }) => {
        const pattern = site.built('img/pattern.svg');
        assert.ok(!(await tab.stored()).includes(pattern));
        assert.deepEqual(await tab.run(damages, site.version, 'image'), []);
        server.mood = () => undefined;
        // Another start of the worker asks again; so does a page that says so.
        await tab.open();
        await call(tab, site, 'resumeDownloads');
        await tab.untilStored(pattern);
        assert.deepEqual(await tab.run(damages, site.version), []);
      },
    );

    for (const [what, times] of [
      ['before it has done anything', 0],
      ['when it has noted that it is in charge', 6],
    ]) {
      story(`a worker that is stopped while it takes over, ${what}: it goes on later`, {}, async (all) => {
        const { deploy, server, site, tab } = all;
        await tab.run(async () => void (await caches.open('ngsw:/:of another worker')));
        server.mood = behind(stoppedAfter(times, 'activate'));
        await deploy();
        await update(tab);
        assert.ok((await tab.run(() => caches.keys())).includes('ngsw:/:of another worker'), 'it was stopped');
        await tab.open();
        await tab.until(
          'the rest to be done',
          async () => !(await caches.keys()).some((name) => name.includes('ngsw')),
        );
        assert.deepEqual(await tab.run(damages, site.version), []);
      });
    }

    for (const [what, wrong] of Object.entries({
      half: (bytes) => bytes.subarray(0, bytes.length >> 1),
      'a flipped bit': (bytes) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)),
      nothing: () => Buffer.alloc(0),
    })) {
      for (const script of ['worker', 'install']) {
        const name = `${what} of the script '${script}', kept by the browser: a later visit has it right`;
        it(name, { timeout: 180_000 }, async (t) => {
          const site = await makeSite();
          t.after(() => site.close());
          const mood = (path) => (path.includes(`/${script}.kf.`) ? wrong : undefined);
          const server = await serve(site.dist, mood, 'max-age=31536000, immutable');
          t.after(() => server.close());
          const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
          t.after(() => tab.close());
          await tab.open();
          await until('it to be given up', async () => server.asked.filter(mood).length > 1);
          await tab.until('no worker', async () => (await navigator.serviceWorker.getRegistration()) === undefined);
          server.mood = () => undefined;
          // One visit may still get what was fetched anew while it was wrong.
          const isThere = async () => {
            await tab.open('about.html');
            return tab.run(async () => {
              const later = new Promise((resolve) => setTimeout(resolve, 3000));
              return (await Promise.race([navigator.serviceWorker.ready, later]))?.active !== undefined;
            });
          };
          await until('a worker', isThere);
          await tab.controlled();
          assert.deepEqual(await tab.run(damages, site.version), []);
        });
      }
    }

    story('without what it requires there is no version, and pages learn why', {}, async (all) => {
      const { deploy, server, site, tab } = all;
      await watch(tab, site);
      const old = site.version;
      await deploy();
      server.mood = (path) => (path.includes('late.kf.') ? 404 : undefined);
      await look(tab);
      await tab.until('the install to fail', () => document.seen.some(({ state }) => state === 'failed'));
      const { reason, version } = (await seen(tab)).findLast(({ state }) => state === 'failed');
      assert.match(reason, /the version needs \S+late\.kf\.\w+\.js, which has status 404 at the server/);
      assert.equal(version, site.version);
      assert.notEqual(version, old);
      await tab.until('nothing to be installing', isOver);
      server.mood = () => undefined;
      await update(tab);
      assert.deepEqual(await tab.run(damages, site.version), []);
    });

    story('an install tells how far it is', {}, async ({ deploy, site, tab }) => {
      await watch(tab, site);
      await tab.until('the state of what is there', () => document.seen.some(({ state }) => state === 'complete'));
      await deploy();
      await update(tab);
      await tab.until('the new version to be active', () => document.seen.some(({ state }) => state === 'active'));
      const reports = (await seen(tab)).filter(({ version }) => version === site.version);
      const states = reports.map(({ state }) => state);
      assert.deepEqual([...new Set(states)], ['installing', 'ready', 'active']);
      const first = reports.find(({ bytes }) => bytes.total > 0);
      const ready = reports.find(({ state }) => state === 'ready');
      assert.ok(first.bytes.done < first.bytes.total && first.files.done < first.files.total, JSON.stringify(first));
      assert.deepEqual([ready.bytes.done, ready.files.done], [ready.bytes.total, ready.files.total]);
      for (const [n, report] of reports.slice(1).entries()) assert.ok(report.bytes.done >= reports[n].bytes.done);
    });

    const lazy = { edits: { 'keepfresh.toml': (text) => `${text}\n[precache]\nlazy = ["docs/**"]\n` } };
    story('what is lazy comes when a page has been shown', lazy, async ({ server, site, tab }) => {
      assert.ok(!(await tab.stored()).includes('docs/'));
      assert.ok(!server.byWorker.includes('/docs/'));
      await tab.open('about.html');
      await tab.untilStored('docs/');
      assert.deepEqual(await tab.run(damages, site.version), []);
    });

    story('what is lazy waits while it is told to', lazy, async ({ server, site, tab }) => {
      await call(tab, site, 'pauseDownloads');
      await call(tab, site, 'register');
      await tab.run(async () => void (await new Promise((resolve) => setTimeout(resolve, 4000))));
      assert.ok(!server.byWorker.includes('/docs/'));
      await call(tab, site, 'resumeDownloads');
      await tab.untilStored('docs/');
    });

    // Of the pages of some hosts no byte is as it was built; this one is no part of a version then, and is asked for.
    const other = {
      ...lazy,
      mood: (path) => path === '/docs/' && ((bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
    };
    story('what a server gives with other bytes is asked for once, not at each start', other, async (all) => {
      const { server, site, tab } = all;
      const asked = () => server.byWorker.filter((path) => path === '/docs/').length;
      await call(tab, site, 'resumeDownloads');
      await tab.until('it to be given up', async () => {
        const list = await caches.match('/keepfresh-precache-list');
        return Number(list.headers.get('keepfresh-refused')) > 0;
      });
      const before = asked();
      assert.ok(before > 0);
      // No other engine can be told to.
      if (engine === 'Chromium') {
        await browser.devTools('ServiceWorker.enable', {});
        await browser.devTools('ServiceWorker.stopAllWorkers', {});
      }
      await call(tab, site, 'resumeDownloads');
      assert.equal(asked(), before);
    });

    story('a tab goes on with its version, and the next page is of the new one', {}, async (all) => {
      const { deploy, newTab, server, site, tab } = all;
      const late = site.built('js/late.js');
      const other = await newTab();
      await other.open('about.html');
      for (let number = 2; number < 6; number++) {
        await deploy();
        await update(other);
        // What the first tab has is nowhere but in its store.
        server.mood = (path) => (path === `/${late}` ? 404 : undefined);
        assert.equal((await tab.fetch(late)).status, 200, `after version ${number}`);
        await other.open('about.html');
        assert.equal((await other.facts()).script, `version-${number}`);
      }
      const versions = async () => (await tab.stored()).filter((path) => path === 'keepfresh-precache-list').length;
      assert.ok((await versions()) <= 6, `${await versions()} versions are kept`);
      assert.equal((await tab.facts()).script, 'version-1');
      await tab.open();
      assert.equal((await tab.facts()).script, 'version-5');
    });

    story('a page asks for its own version where a file keeps its name', { edits: named(1) }, async (all) => {
      const { newTab, site, tab } = all;
      assert.equal(await tab.run(shownBy), 'of 1');
      const other = await newTab();
      await other.open();
      await site.deploy(named(2), { atOnce: true });
      await update(other);
      await other.open();
      assert.equal(await other.run(shownBy), 'of 2');
      assert.equal(await tab.run(shownBy), 'of 1');
      await tab.open();
      assert.equal(await tab.run(shownBy), 'of 2');
    });

    story('a release that is taken back is there again', { edits: { 'keepfresh.toml': () => ONLY } }, async (all) => {
      const { deploy, site, tab } = all;
      for (let number = 2; number < 5; number++) {
        await deploy();
        await update(tab);
      }
      await site.deploy((text, path) => (path.endsWith('.toml') ? text : text.replaceAll('version-4', 'version-1')), {
        atOnce: true,
      });
      await update(tab);
      await tab.open();
      assert.equal((await tab.facts()).script, 'version-1');
      assert.deepEqual(await tab.run(damages, site.version), []);
    });

    for (const [kind, toml] of [
      ['routes', (text) => text],
      ['only', () => ONLY],
    ]) {
      const edits = { ...bundled(1), 'keepfresh.toml': toml };
      story(
        `${kind}: what a bundler has named is there without a network`,
        { edits },
        async ({ server, site, tab }) => {
          const facts = () => tab.run(() => ({ ...document.documentElement.dataset }));
          for (let number = 1; number < 3; number++) {
            server.mood = () => 'break';
            await tab.open();
            await tab.until('the scripts', () => document.documentElement.dataset.bundle !== undefined);
            assert.equal((await facts()).bundle, `${number}`);
            assert.equal((await facts()).chunk, 'shared');
            server.mood = () => undefined;
            server.byWorker.length = 0;
            await site.deploy(bundled(2), { atOnce: true });
            if (number === 1) await update(tab);
          }
          // What has not changed is stored once, and not fetched again.
          assert.ok(!server.byWorker.some((path) => path.includes('D1kQw8Zp')));
          assert.equal((await tab.stored()).filter((path) => path.includes('D1kQw8Zp')).length, 1);
        },
      );
    }

    for (const [kind, toml] of [
      ['routes', (text) => `health-check = true\n${text}`],
      ['only', () => `health-check = true\n${ONLY}`],
    ]) {
      const edits = { 'keepfresh.toml': toml };
      story(`${kind}: a version that is not well is taken back`, { edits }, async ({ deploy, site, tab }) => {
        await deploy();
        await update(tab);
        const shown = [];
        for (let visit = 0; visit < 5; visit++) {
          await tab.open(visit % 2 ? 'about.html' : '');
          shown.push((await tab.facts()).html);
        }
        assert.deepEqual(shown, ['version-2', 'version-2', 'version-2', 'version-1', 'version-1']);
        await watch(tab, site);
        await tab.until('its state', () => document.seen.some(({ state }) => state === 'rolled-back'));
        await deploy();
        await update(tab);
        await tab.open();
        assert.equal((await tab.facts()).html, 'version-3');
        await call(tab, site, 'confirmVersion');
        for (let visit = 0; visit < 5; visit++) await tab.open();
        assert.equal((await tab.facts()).html, 'version-3');
      });
    }

    story('what is remembered of versions may be damaged', {}, async ({ deploy, site, tab }) => {
      await tab.run(async () => {
        const cache = await caches.open('keepfresh:/:versions');
        await cache.put('/keepfresh-versions', new Response('{"served":'));
      });
      await deploy();
      await update(tab);
      const settled = () => tab.run(async () => (await caches.match('/keepfresh-versions'))?.json());
      await until('it to be written anew', async () => (await settled())?.settled === site.version);
      await tab.open();
      assert.equal((await tab.facts()).script, 'version-2');
    });

    // Where the browser looks for an asset by itself, nobody stores it.
    const alone = behind('delete self.InstallEvent?.prototype.addRoutes;');
    const kept = { cacheControl: 'no-cache', mood: alone };
    story('an asset that was lost and comes as something else is not stored so', kept, async (all) => {
      const { server, site, tab } = all;
      const [late, shared] = [site.built('js/late.js'), site.built('js/shared.js')];
      await tab.run(
        async (paths) => {
          for (const name of await caches.keys())
            for (const path of paths) await (await caches.open(name)).delete(new URL(path, document.baseURI));
        },
        [late, shared],
      );
      server.mood = (path) => (path === `/${late}` ? 'text/plain' : alone(path));
      // Under a query that the browser's own cache has not seen.
      for (const path of [late, shared]) assert.equal((await tab.fetch(`${path}?again`)).status, 200);
      await tab.untilStored(shared);
      assert.ok(!(await tab.stored()).includes(late));
    });

    const many = { edits: { 'index.html': withScripts, ...scripts() } };
    story('a pack that broke off goes on where it stopped', many, async ({ deploy, server, site, tab }) => {
      // Nothing of the first version is left.
      await tab.run(async () => void (await Promise.all((await caches.keys()).map((name) => caches.delete(name)))));
      await deploy();
      let isFirst = true;
      server.byWorker.length = 0;
      server.mood = (path) => (path.endsWith('.pack') && isFirst ? ((isFirst = false), 'cut') : undefined);
      await update(tab);
      assert.deepEqual(await tab.run(damages, site.version), []);
      const packs = server.ranges.filter(([path]) => path.endsWith('.pack'));
      assert.equal(packs.length, 1, JSON.stringify(packs));
      assert.match(packs[0][1], /^bytes=\d{3,}-$/);
      assert.deepEqual(
        server.byWorker.filter((path) => path.includes('part-')),
        [],
      );
    });

    story('a page of a version that is nowhere any more is told, and gets the next', {}, async (all) => {
      const { deploy, server, site, tab } = all;
      const late = site.built('js/late.js');
      await call(tab, site, 'register');
      await watch(tab, site);
      await deploy();
      server.mood = (path) => (path === `/${late}` ? 404 : undefined);
      await tab.run(async (path) => {
        const cache = await caches.open((await caches.keys()).find((name) => name.endsWith(':assets')));
        await cache.delete(new URL(path, location.origin).href);
        void fetch(`/${path}`).catch(() => {});
      }, late);
      await until('the page to be of the new version', async () => (await tab.facts()).script === 'version-2');
      assert.ok(readFileSync(`${site.dist}/index.html`, 'utf8').includes('version-2'));
    });
  });
}

/** A site that shows a picture whose name is kept. */
function named(version) {
  return {
    'keepfresh.toml': `[names]\nkeep = ["img/badge.svg"]\n${ONLY}`,
    'img/badge.svg': `<svg xmlns="http://www.w3.org/2000/svg" width="${version}0" height="10"/>`,
    'index.html': (text) =>
      text.includes('badge') ? text : text.replace('<nav>', '<img src="img/badge.svg" alt="" id="badge" /><nav>'),
  };
}

/** A site as Vite makes it. */
function bundled(version) {
  const entry = version === 1 ? 'assets/index-B4x9kQ2a.js' : 'assets/index-C7mRt5Lz.js';
  return {
    [entry]: `import { chunk } from './shared-D1kQw8Zp.js';\nObject.assign(document.documentElement.dataset, { bundle: ${version}, chunk });`,
    'assets/shared-D1kQw8Zp.js': `export const chunk = 'shared';`,
    'index.html': (text) =>
      text.replace(/<script.*assets.*\n|(?=<\/head>)/, `<script type="module" src="/${entry}"></script>\n`),
  };
}

/** In the page: which version the picture is of that is loaded now. */
async function shownBy() {
  const image = new Image();
  image.src = `img/badge.svg?${Math.random()}`.replace(/\?.*/, '');
  await image.decode();
  return `of ${image.naturalWidth / 10}`;
}

function scripts() {
  const text = (i) => `// ${Array.from({ length: 900 }, (_, n) => (n * n * (i + 7)) % 9973).join(' ')}\n// version-1\n`;
  return Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`js/part-${i}.js`, text(i)]));
}

function withScripts(text) {
  const links = Object.keys(scripts()).map((path) => `<link rel="prefetch" href="${path}">`);
  return text.replace('</head>', `${links.join('\n')}\n</head>`);
}
