// What a page asks at odd moments: before there is a worker, while one is installed, when it is gone. All of it has an answer.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

/** Questions, and the answers of nobody. JSON has no `NaN`. */
const QUESTIONS = [
  ['invalidate', ['data/news.json'], 0],
  ['invalidate', [{ tag: 'none' }], 0],
  ['invalidate', [{ partition: 'ada' }], 0],
  ['explain', ['data/news.json'], null],
  ['stats', [], null],
  ['partition', ['ada'], false],
  ['queued', [], []],
  ['sendQueued', [], null],
  ['discardQueued', [], null],
  ['pauseDownloads', [], null],
  ['resumeDownloads', [], null],
  ['confirmVersion', [], null],
];
const NOBODY = QUESTIONS.map(([name, , answer]) => [name, answer]);

/** What the server does to a worker, and what it is asked for when the page asks. */
const MOMENTS = {
  'before there is a worker': [(path) => path === '/sw.js' && 'silent', /^\/sw\.js/],
  'when its script cannot be had': [(path) => path === '/sw.js' && 500, /^\/sw\.js/],
  'when its script means nothing': [(path) => path === '/sw.js' && (() => Buffer.from('}')), /^\/sw\.js/],
  'while the first is installed': [(path) => /\/list\.kf\./.test(path) && 'silent', /\/list\.kf\./],
};

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    const start = async (t, mood = () => undefined) => {
      const site = await makeSite();
      t.after(() => site.close());
      const server = await serve(site.dist, mood);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.facts();
      const ask = () => tab.run(askAll, `/${site.built('js/window.js')}`, QUESTIONS);
      return { ask, server, tab };
    };

    for (const [moment, [mood, asked]] of Object.entries(MOMENTS))
      it(moment, { timeout: 90_000 }, async (t) => {
        const { ask, server } = await start(t, mood);
        await until(`the server to be asked`, () => server.asked.some((path) => asked.test(path)));
        assert.deepEqual(await ask(), NOBODY);
      });

    it('when it was taken away, and the page loaded again', { timeout: 90_000 }, async (t) => {
      const { ask, server, tab } = await start(t);
      await tab.controlled();
      server.mood = (path) => path === '/sw.js' && 404;
      await tab.until('it to be gone', isGone);
      assert.deepEqual(await ask(), NOBODY);
    });
  });
}

/** In the page: has its worker taken away, and is loaded again without it. */
async function isGone() {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration?.unregister();
  if (!navigator.serviceWorker.controller) return !registration;
  location.reload();
  return false;
}

/** In the page: calls functions of `keepfresh/window`, all at once. */
async function askAll(path, questions) {
  const all = await import(path);
  return Promise.all(questions.map(async ([name, args]) => [name, await all[name](...args)]));
}
