// Whatever happens to a first install: the page is what it would be without a worker, and the next visit brings the version whole.
// What happens to those that come after it is in faults.test.mjs.

import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { damages } from './damages.mjs';
import { behind, brokenAt, fullAfter, hurried, stoppedAfter } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { isOfWorker, KINDS } from './deploys.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const half = (bytes) => bytes.subarray(0, bytes.length >> 1);
const WRONG = {
  404: 404,
  500: 500,
  'no answer': 'break',
  half,
  'a flipped bit': (bytes) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte)),
  'the page for everything': () => Buffer.from('<!doctype html><title>App</title>'),
  'another type': 'text/plain',
  'a coding that it does not have': { 'content-encoding': 'gzip' },
  'half of what it says': 'cut',
  'half of it, and no more': 'stuck',
  'no end of silence': 'silent',
};

/** What the worker asks for; the page itself has all of it as it is. */
const WHERE = {
  'the list': /\/list\.kf\./,
  'the packs': /\.pack$/,
  'the style sheet': /\/site\.kf\.\w+\.css$|\.pack$/,
  'a script': /\/late\.kf\.|\.pack$/,
  'a page': /^\/about\.html$/,
  'all of it': /./,
};

const ENGINES = chosenEngines();

for (const [turn, engine] of ENGINES.entries()) {
  describe(engine, { timeout: 3_600_000 }, () => {
    const { browser, it } = inBrowser(engine);
    let cases = 0;
    after(() => console.log(`${engine}: ${cases} first visits, each with a whole version after it`));

    /** A first visit with something wrong for the worker, and the next one without: each site is an origin of its own. */
    const visit = async (t, site, name, wrong) => {
      cases += 1;
      const server = await serve(site.dist, wrong);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      // If anything fails it stays until it is known whether the browser has lost something.
      t.after(() => tab.close());
      try {
        await tab.open();
        await whole(tab, 'home');
        await tab.registered();
        await tab.until('the install to end', isOver);
        const wasStopped = await tab.run(ask);
        await tab.open('about.html');
        await whole(tab, 'about');
        await tab.registered();
        await tab.until('the next try to end', isOver);
        server.mood = () => undefined;
        await until(
          'the version',
          async () => {
            await tab.open();
            await tab.facts();
            await tab.registered();
            await tab.until('the install to end', isOver);
            const isControlled = () => navigator.serviceWorker.controller?.state === 'activated';
            for (let waited = 0; waited < 4000 && !(await tab.run(isControlled)); waited += 100) await pause(100);
            if (!(await tab.run(isControlled))) throw new Error(`no worker: ${(await tab.facts()).fault}`);
            const faults = await tab.run(damages, site.version);
            return faults.length === 0 || assert.fail(faults.join('\n'));
          },
          500,
        );
        server.mood = () => 'break';
        await tab.open('about.html');
        await whole(tab, 'about');
        await tab.close();
        await server.close();
        return wasStopped;
      } catch (error) {
        throw new Error(`${name}: ${error.message}`, { cause: error });
      }
    };

    for (const [place, [kind, toml]] of Object.entries(KINDS).entries()) {
      // Each kind in each engine lives through every so-manyth case (KEEPFRESH_FAULTS=all: through all).
      const step = process.env.KEEPFRESH_FAULTS === 'all' ? 1 : 10 * ENGINES.length;
      const first = (10 * turn + 5 * place) % step;
      const story = (name, timeout, live) =>
        it(`${kind}: ${name}`, { timeout }, async (t) => {
          const site = await makeSite({ edits: { 'keepfresh.toml': toml } });
          t.after(() => site.close());
          await live(t, site);
        });

      story('a server that gives something else', 1_200_000, async (t, site) => {
        const all = Object.entries(WHERE).flatMap((where) => Object.entries(WRONG).map((what) => [where, what]));
        // What is silent is waited for long enough; what is left for later comes as late as ever.
        const hurry = behind(hurried(20, 10_000));
        for (const [[where, pattern], [what, mood]] of all.filter((_, n) => n % step === first)) {
          // A page that it only passes on is for the page to have.
          const isOwn = ({ headers }) => !headers.accept?.includes('text/html');
          // Nobody can leave while the worker's own scripts are still to come (see `Tab.registered`).
          const isEndless = ['silent', 'stuck'].includes(mood);
          const isMeant = (path) => pattern.test(path) && !(isEndless && isOfWorker(path));
          const wrong = (path, isWorker, request) =>
            hurry(path) || (isWorker && isOwn(request) && isMeant(path) && mood);
          await visit(t, site, `${what} for ${where}`, wrong);
        }
      });

      for (const [what, front, least] of [
        ['is stopped anywhere', stoppedAfter, 20],
        ['has anything fail once', brokenAt, 20],
      ])
        story(`a worker that ${what}`, 900_000, async (t, site) => {
          let times = first;
          while ((await visit(t, site, `${what} after ${times}`, behind(front(times)))) !== false) times += step;
          assert.ok(times > least, `${times} times is not everywhere`);
        });

      story('a device that is full', 600_000, async (t, site) => {
        for (let times = first; times < 18; times += step)
          await visit(t, site, `full after ${times}`, behind(fullAfter(times)));
      });
    }
  });
}

async function whole(tab, expected) {
  const { page, html, style, palette, script, late, image, fault } = await tab.facts();
  assert.deepEqual([page, image, fault?.replace(/^registration.*/s, '') || null], [expected, 'shown', null]);
  assert.deepEqual([style, palette, script, late], [html, html, html, html]);
}

/** In the page: whether no worker is being installed. */
async function isOver() {
  return !(await navigator.serviceWorker.getRegistration())?.installing;
}

/** In the page: whether its worker was stopped by a script in front of it; nothing if there is none. */
async function ask() {
  const { active } = (await navigator.serviceWorker.getRegistration()) ?? {};
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(resolve, 300, undefined);
    active?.postMessage('was stopped?', [port2]);
  });
}
