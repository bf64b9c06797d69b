// What is measured. Each case returns a figure for each subject, in their order.

import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { pause, withChromium } from './chromium.mjs';
import { medians } from './rounds.mjs';
import { LIST } from './site.mjs';
import { expectController, install, storeAgain, update, withoutNetwork, workerStopper } from './visit.mjs';

/** How many answers of a running worker are timed together: the page's clock ticks only every 0.1 ms. */
const WARM_BATCH = 20;

/** V8 keeps compiled code only of what was used before, and a while after it was. */
const PRIMING_VISITS = 3;
const PRIMING_SECONDS = 2;

/** Bytes of the worker, its precache list included, as a server would send them. */
export function size(subjects) {
  return subjects.map(({ worker, parts }) => compressed(worker, ...(parts ? [parts.worker, parts.list] : [])));
}

/** Bytes of what installs versions, where it is a script of its own. */
export function installerSize(subjects) {
  return subjects.map(({ parts }) => (parts ? compressed(parts.install) : undefined));
}

function compressed(...texts) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  return texts.reduce((sum, text) => sum + brotliCompressSync(text, { params }).length, 0);
}

/** Milliseconds until a page has what a cache-first route has stored, with the worker running. */
export async function data({ folder, subjects, urls, rounds, say }) {
  return withChromium(join(folder, 'profile'), async (browser) => {
    const pages = new Map();
    for (const subject of subjects) {
      const page = await install(browser, subject, urls);
      // Stored, and what is written with it.
      await page.call(fetchStored, LIST, 1);
      await pause(500);
      pages.set(subject, page);
    }
    say(`data: ${rounds} rounds`);
    const timed = (subject) => withoutNetwork(subject, () => pages.get(subject).call(fetchStored, LIST, WARM_BATCH));
    await medians(subjects, 1, timed);
    return medians(subjects, rounds, timed);
  });
}

/**
 * Milliseconds until a page has a stored asset: `cold` with the worker stopped before, `warm` with it running.
 *
 * All subjects have a tab in one browser process, and only the cases that are wanted are measured.
 */
export async function answers({ folder, subjects, urls, rounds, wantsCold, wantsWarm, say }) {
  return withChromium(join(folder, 'profile'), async (browser) => {
    const visits = new Map();
    for (const subject of subjects) {
      say(`installing ${urls.length} assets with ${subject.name}`);
      const page = await install(browser, subject, urls);
      visits.set(subject, { page, stop: await workerStopper(page, subject) });
    }
    const asset = urls[urls.length >> 1];
    const timed = (subject, times) =>
      withoutNetwork(subject, () => visits.get(subject).page.call(fetchStored, asset, times));
    const cold = async (subject) => {
      await visits.get(subject).stop();
      return timed(subject, 1);
    };
    const warm = async (subject) => {
      await timed(subject, 1);
      return timed(subject, WARM_BATCH);
    };

    const measured = {};
    for (const [name, measure] of Object.entries({ ...(wantsCold && { cold }), ...(wantsWarm && { warm }) })) {
      say(`${name} with ${urls.length} assets: ${rounds} rounds`);
      await medians(subjects, 1, measure); // The first start after an install compiles what later ones need not.
      measured[name] = await medians(subjects, rounds, measure);
    }
    return measured;
  });
}

/**
 * Milliseconds from asking for scripts to their having run, in a browser process that is new each time.
 *
 * @param next what is deployed after the install: its folder, URLs and workers. What is measured is then what has come by
 *   the update.
 * @param again whether our workers have stored them in a way that a page has to mend (packs, deltas): then one does, as any
 *   page that has called `register` of keepfresh/window.
 */
export async function script({ folder, subjects, urls: first, rounds, say, next, again = false }) {
  const urls = next?.urls ?? first;
  const visit = (subject, use) =>
    withChromium(join(folder, `profile-${subject.name}`), async (browser) => {
      const page = await browser.newPage(`${subject.server.origin}/`);
      await pause(500); // A browser that has just started is still busy with itself.
      return use(page);
    });
  const timed = (subject, page) => withoutNetwork(subject, () => page.call(runScripts, urls));

  for (const subject of subjects) {
    say(`installing and priming with ${subject.name}`);
    await withChromium(join(folder, `profile-${subject.name}`), (browser) => install(browser, subject, first));
    if (next) {
      subject.server.deploy(next.folder, next.workers.get(subject.name));
      await visit(subject, (page) => update(page, subject));
    }
    if (again && subject.subject === 'keepfresh') {
      await visit(subject, async (page) => {
        await timed(subject, page);
        await storeAgain(page, subject, urls);
      });
    }
    for (let i = 0; i < PRIMING_VISITS; i++) {
      await visit(subject, async (page) => {
        await expectController(page, subject.name);
        await timed(subject, page);
        await pause(PRIMING_SECONDS * 1000);
      });
    }
  }
  say(`${rounds} rounds, a browser process for each figure`);
  return medians(subjects, rounds, (subject) => visit(subject, (page) => timed(subject, page)));
}

/** In the page: milliseconds that a stored asset takes, the mean of `times` in a row. */
async function fetchStored(url, times) {
  const start = performance.now();
  for (let i = 0; i < times; i++) await (await fetch(url)).arrayBuffer();
  return (performance.now() - start) / times;
}

/** In the page: milliseconds until scripts have been loaded, compiled and run. */
function runScripts(urls) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    let left = urls.length;
    globalThis.scriptHasRun = () => (left -= 1) || resolve(performance.now() - start);
    for (const url of urls) {
      const element = Object.assign(document.createElement('script'), { src: url });
      element.onerror = () => reject(new Error(`${url} did not load`));
      document.head.append(element);
    }
  });
}
