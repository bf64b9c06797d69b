// How long a first install takes: ours beside Workbox and Serwist, at a server that takes 20 ms for every answer.
//
// Each install is one on an origin that the browser has not seen, from `register` to a worker that is active, and the
// subjects take turns.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumVersion, withChromium, within } from '../start/chromium.mjs';
import { medians } from '../start/rounds.mjs';
import { serve } from '../start/server.mjs';
import { build, hasCli, manyAssets } from '../start/site.mjs';
import { subjects as subjectsOf, versions } from '../start/subjects.mjs';

export const summary = 'how long a first install takes, beside Workbox and Serwist (3 minutes)';
export const baseline = 'workbox';
export const cases = ['install/300', 'install/2000'];

const SUBJECTS = ['workbox', 'serwist', 'keepfresh'];
const KILOBYTES = 4;
const DELAY = 20;

/** Runs the cases that `wants` asks for. Returns rows of medians, and a line about what they were measured with. */
export default async function run({ rounds, say, wants }) {
  if (!hasCli()) say('there is no target/release/keepfresh (`npm run build` makes it): keepfresh is left out');
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-bench-'));
  try {
    const rows = [];
    for (const count of [300, 2000]) {
      const name = `install/${count}`;
      if (!wants(name)) continue;
      say(`${name}: a site of ${count} assets of ${KILOBYTES} KB, ${DELAY} ms for each answer`);
      const figures = await installs(join(folder, `${count}`), count, rounds ?? (count > 1000 ? 3 : 5));
      for (const [subject, median] of figures) {
        rows.push({ bench: 'install', case: name, subject, median: Math.round(median), unit: 'ms' });
      }
    }
    return { rows, about: [chromiumVersion(), ...versions()].join(', ') };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function installs(folder, count, rounds) {
  mkdirSync(folder);
  const site = build(folder, manyAssets(count, KILOBYTES));
  const subjects = (await subjectsOf(site)).filter(({ name }) => SUBJECTS.includes(name));
  for (const subject of subjects) subject.server = await serve({ ...subject, folder: site.folder, delay: DELAY });
  try {
    let number = 0;
    return await withChromium(join(folder, 'profile'), async (browser) => {
      const measure = async ({ name, server }) => {
        const page = await browser.newPage(`${server.origin.replace('//', `//visit-${number++}.`)}/`);
        const took = await within(300, page.call(install), `${name} did not install`);
        const stored = await page.call(countStored);
        if (stored < count) throw new Error(`${name} has stored ${stored} of ${count} assets`);
        return took;
      };
      const figures = await medians(subjects, rounds, measure);
      return subjects.map(({ name }, i) => [name, figures[i]]);
    });
  } finally {
    for (const { server } of subjects) server.close();
  }
}

/** In the page: milliseconds until a worker is active. */
async function install() {
  const start = performance.now();
  const registration = await navigator.serviceWorker.register('/sw.js');
  const worker = registration.installing ?? registration.waiting ?? registration.active;
  while (worker.state !== 'activated') {
    if (worker.state === 'redundant') throw new Error('the install failed');
    await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
  }
  return performance.now() - start;
}

/** In the page: how many assets are stored. */
async function countStored() {
  let count = 0;
  for (const name of await caches.keys()) {
    const keys = await (await caches.open(name)).keys();
    count += keys.filter(({ url }) => url.includes('/assets/')).length;
  }
  return count;
}
