// Whatever happens to an install: afterwards the old or the new version works whole, and the next try brings the new one.
//
// Each case is a deploy. While it is installed something goes wrong; then the site is opened without a network, and must be
// all of one version. Then nothing is wrong any more, and the new version has to come.
//
// That takes a second or two a case: each engine lives through every so-manyth of them, so that all are lived through in one
// of them. KEEPFRESH_FAULTS=all has each engine live through all.

import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { damages } from './damages.mjs';
import { behind, brokenAt, fullAfter, hurried, setBack, stoppedAfter } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

const half = (bytes) => bytes.subarray(0, bytes.length >> 1);
const flippedAt = (part) => (bytes) =>
  bytes.map((byte, at) => (at === Math.floor(bytes.length * part) ? byte ^ 1 : byte));
const WRONG = {
  404: 404,
  500: 500,
  'no answer': 'break',
  half,
  'a flipped bit': flippedAt(1 / 2),
  nothing: () => Buffer.alloc(0),
  'the page for everything': () => Buffer.from('<!doctype html><title>App</title>'),
  'another type': 'text/plain',
  'a page of another origin': 'elsewhere',
  'a coding that it does not have': { 'content-encoding': 'gzip' },
  'half of what it says': 'cut',
};

/** What of a deploy it happens to, and what a page may lack then. */
const WHERE = {
  'the worker': [/^\/sw\.js$/],
  'what it runs on': [/\/worker\.kf\./],
  'what installs': [/\/install\.kf\./],
  'the list': [/\/list\.kf\./],
  'the update': [/\.update$/],
  'the style sheet': [/\/site\.kf\.\w+\.css$/],
  'a script': [/\/late\.kf\./],
  'a page': [/^\/about\.html$/, 'page'],
  'a picture': [/\.svg$/, 'image'],
  'all of it': [/^\/(?!sw\.js)/],
};

/** Both kinds of workers: those with routes, and those that serve what is precached alone. */
const KINDS = {
  routes: (text) => `keep = 2\n${text}`,
  only: () => 'keep = 2\n[precache]\nonly = true\n',
};

const ENGINES = chosenEngines();

for (const [turn, engine] of ENGINES.entries()) {
  describe(engine, { timeout: 3_600_000 }, () => {
    const { browser, it } = inBrowser(engine);
    let cases = 0;
    const step = process.env.KEEPFRESH_FAULTS === 'all' ? 1 : ENGINES.length;
    /** Those cases that are this engine's. */
    const mine = (all) => all.filter((_, n) => n % step === turn % step);
    after(() => console.log(`${engine}: ${cases} cases, none with a mixed, a lost or a stuck version`));

    /** A site that is installed, and that can be deployed again and again. */
    const start = async (t, kind) => {
      const site = await makeSite({ edits: { 'keepfresh.toml': KINDS[kind] } });
      t.after(() => site.close());
      const there = { number: 1, wrong: () => undefined, isDown: false, site };
      const mood = (path) => (there.isDown ? 'break' : there.wrong(path));
      there.server = await serve(site.dist, mood);
      t.after(() => there.server.close());
      there.tab = await openTab(browser.driver, { url: (path = '') => `${there.server.url}/${path}` });
      t.after(() => there.tab.close());
      await there.tab.open();
      await there.tab.controlled();
      return there;
    };

    /** One deploy with something wrong, and then without. */
    const live = (there, name, wrong, mayLack = '') =>
      deploy(there, name, wrong, mayLack).catch((error) => {
        throw new Error(`${name}: ${error.message}`, { cause: error });
      });

    const deploy = async (there, name, wrong, mayLack) => {
      cases += 1;
      const old = `version-${there.number}`;
      const next = `version-${++there.number}`;
      const said = (text) => text.replaceAll(/version-\d+/g, next);
      await there.site.deploy((text, path) => (path.endsWith('.toml') ? text : said(text)), { atOnce: true });
      there.wrong = wrong;
      await install(there.tab);
      there.wasStopped = await there.tab.run(wasStopped);
      there.isDown = true;
      const shown = await show(there.tab, name, mayLack);
      assert.ok(shown === old || shown === next, `${name}: ${shown} is shown`);
      there.isDown = false;
      there.wrong = () => undefined;
      await install(there.tab);
      assert.deepEqual(await there.tab.run(damages, there.site.version, mayLack), [], `${name}: afterwards`);
      there.isDown = true;
      assert.equal(await show(there.tab, name, mayLack), next, `${name}: afterwards`);
      there.isDown = false;
    };

    for (const kind of Object.keys(KINDS)) {
      it(`${kind}: a worker that is stopped anywhere`, { timeout: 900_000 }, async (t) => {
        const there = await start(t, kind);
        for (let times = turn % step; ; times += step) {
          const wrong = behind(stoppedAfter(times));
          await live(there, `stopped after ${times}`, wrong);
          if (there.wasStopped === false) break;
        }
        assert.ok(there.number * step > 60, `${there.number} times is not everywhere`);
        const versions = await there.tab.run(async () =>
          (await caches.keys()).filter((name) => name.includes(':pages:')),
        );
        assert.ok(versions.length <= 6, `${versions.length} versions are kept`);
      });

      it(`${kind}: a worker for which anything fails once`, { timeout: 900_000 }, async (t) => {
        const there = await start(t, kind);
        for (let times = turn % step; ; times += step) {
          await live(there, `failure ${times}`, behind(brokenAt(times)));
          if (there.wasStopped === false) break;
        }
        assert.ok(there.number * step > 60, `${there.number} times is not everywhere`);
      });

      it(`${kind}: a device that is full`, { timeout: 600_000 }, async (t) => {
        const there = await start(t, kind);
        for (const times of mine(Array.from({ length: 24 }, (_, n) => n))) {
          const wrong = behind(fullAfter(times));
          await live(there, `full after ${times}`, wrong);
        }
      });

      it(`${kind}: a clock that was set back`, { timeout: 300_000 }, async (t) => {
        const there = await start(t, kind);
        for (const hours of mine([1, 24 * 400, -24 * 400])) {
          const wrong = behind(setBack(hours));
          await live(there, `${hours} hours`, wrong);
        }
      });

      it(`${kind}: a server that gives something else`, { timeout: 1_200_000 }, async (t) => {
        const there = await start(t, kind);
        const all = Object.entries(WHERE).flatMap((where) => Object.entries(WRONG).map((what) => [where, what]));
        // An empty script is a worker as well, if one that does nothing: the next one takes its place.
        // Each part of what runs is another kind of code; some never comes to an end when it is damaged.
        const flips = ['what it runs on', 'what installs'].flatMap((where) =>
          Array.from({ length: 15 }, (_, n) => [
            [where, WHERE[where]],
            [`bit ${n + 1}/16`, flippedAt((n + 1) / 16)],
          ]),
        );
        const isFault = ([[where], [what]]) => where !== 'the worker' || what !== 'nothing';
        for (const [[where, [pattern, mayLack]], [what, mood]] of mine([...all.filter(isFault), ...flips])) {
          await live(there, `${what} for ${where}`, (path) => pattern.test(path) && mood, mayLack);
        }
      });

      it(`${kind}: a server that falls silent`, { timeout: 600_000 }, async (t) => {
        const there = await start(t, kind);
        // The scripts of a worker are loaded by the browser, which has its own patience.
        const where = Object.entries(WHERE).filter(([, [pattern]]) => !/sw|worker|install/.test(pattern));
        const fetched = [...where, ['all that it fetches', [/^\/(?!sw\.js|keepfresh\/(worker|install)\.kf)/]]];
        const all = fetched.flatMap((one) => ['silent', 'stuck'].map((mood) => [one, mood]));
        for (const [[name, [pattern, mayLack]], mood] of mine(all)) {
          const hurry = behind(hurried(20));
          await live(there, `${mood} for ${name}`, (path) => hurry(path) || (pattern.test(path) && mood), mayLack);
        }
      });

      it(`${kind}: a network that goes away in the middle`, { timeout: 300_000 }, async (t) => {
        const there = await start(t, kind);
        for (const answers of mine([1, 2, 3, 4, 5, 6, 7, 8, 9])) {
          let left = answers;
          await live(there, `after ${answers} answers`, (path) => path !== '/sw.js' && left-- <= 0 && 'break');
        }
      });
    }
  });
}

/** Looks for a new version and lets it take over, as far as it gets. */
async function install(tab) {
  await tab.run(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => {});
  });
  await tab.until('the install to end', async () => !(await navigator.serviceWorker.ready).installing);
  await tab.run(async () => {
    const { waiting } = await navigator.serviceWorker.ready;
    waiting?.postMessage({ type: 'keepfresh:activate' });
  });
  await tab.until('the new version to be in charge, if there is one', async () => {
    const { active, waiting } = await navigator.serviceWorker.ready;
    return !waiting && active.state === 'activated';
  });
}

/** In the page: whether the worker that is in charge was stopped by a script in front of it, if it has one that can tell. */
async function wasStopped() {
  const { active } = await navigator.serviceWorker.ready;
  const script = await fetch(active.scriptURL)
    .then((response) => response.text())
    .catch(() => '');
  if (!script.startsWith('{')) return undefined;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(resolve, 300, undefined);
    active.postMessage('was stopped?', [port2]);
  });
}

/** The one version that all of the site is of, without a network. */
async function show(tab, name, mayLack) {
  const versions = new Set();
  for (const path of ['', 'about.html']) {
    await tab.open(path);
    const { html, page, style, palette, script, late, image, fault } = await tab.facts();
    const expected = path === '' ? 'home' : 'about';
    assert.ok(page === expected || (mayLack === 'page' && page === 'offline'), `${name}: ${page} for ${expected}`);
    assert.ok(image === 'shown' || mayLack === 'image', `${name}: the picture is ${image}`);
    assert.equal(fault, null, name);
    [html, style, palette, script, late].forEach((version) => versions.add(version));
  }
  assert.equal(versions.size, 1, `${name}: a page of ${[...versions]}`);
  return [...versions][0];
}
