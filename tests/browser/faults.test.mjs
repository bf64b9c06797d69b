// Whatever happens to an install: afterwards the old or the new version works whole, and the next try brings the new one.
//
// Each case is a deploy. While it is installed something goes wrong; then the site is opened without a network, and must be
// all of one version. Then nothing is wrong any more, and the new version has to come.
//
// That takes a second or two a case: each engine lives through every so-manyth of them, so that all are lived through in one
// of them. KEEPFRESH_FAULTS=all has each engine live through all.

import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { KINDS, live as liveThrough, start as startIn } from './deploys.mjs';
import { behind, brokenAt, fullAfter, hurried, setBack, stoppedAfter } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';

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

const ENGINES = chosenEngines();

for (const [turn, engine] of ENGINES.entries()) {
  describe(engine, { timeout: 3_600_000 }, () => {
    const { browser, it } = inBrowser(engine);
    let cases = 0;
    const step = process.env.KEEPFRESH_FAULTS === 'all' ? 1 : ENGINES.length;
    /** Those cases that are this engine's. */
    const mine = (all) => all.filter((_, n) => n % step === turn % step);
    after(() => console.log(`${engine}: ${cases} cases, none with a mixed, a lost or a stuck version`));

    const start = (t, kind) => startIn(browser.driver, t, kind);
    const live = (...all) => ((cases += 1), liveThrough(...all));

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
