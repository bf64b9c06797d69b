// The browser's side: a real one visits this site over a slow network, with keepfresh and without: for the first time, again, without
// a network, and after a deploy.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { install, server } from '../../tests/hosts/install.mjs';
import { start } from '../../tests/hosts/servers.mjs';
import { openChromium } from '../../tests/trees/visit.mjs';
import { openReleases } from './releases.mjs';
import { SLOW, slowNetwork } from './slow.mjs';

/** How long an install over the slow network may take. */
const INSTALL_MS = 60_000;

/** For how long nothing comes where all has come. Who comes back does so later: a browser lets a new worker take over when the old one
 * has come to rest. */
const REST_MS = 1500;

/** Which of the two: the site as it was written, with validators alone; and as it was built, with its worker and its headers. */
export const SUBJECTS = ['without', 'with'];

/**
 * Visits the site. What came of each visit is told as it is known.
 *
 * @param tell is given `{visit, subject, ms, bytes, isShown}`: milliseconds until the page had loaded, bytes until all that it leads
 *   to had come (an install behind the page, too), and whether the page that was wanted was shown. `ms` of a page that was not
 *   shown says how long it took to fail.
 */
export async function visits(tell, speed = SLOW) {
  if (server('nginx').reason) install();
  const { reason } = server('nginx');
  if (reason) throw new Error(reason);
  const browser = await openChromium();
  try {
    for (const subject of SUBJECTS) await visitsOf(subject, { browser, speed, tell });
  } finally {
    await browser.close();
  }
}

async function visitsOf(subject, { browser, speed, tell }) {
  const ends = [];
  try {
    const releases = await openReleases();
    ends.push(() => releases.close());
    const root = subject === 'with' ? releases.out : releases.source;
    const site = { out: root, root, base: '/robots.txt' };
    const nginx = await start('nginx', site, join(releases.folder, 'nginx'));
    ends.push(() => nginx.stop());
    const network = await slowNetwork(Number(new URL(nginx.url).port), speed);
    ends.push(() => network.close());
    const context = await browser.newContext();
    ends.push(() => context.close());
    const visit = visitor(context, network, subject, tell);
    await visit('first', { isNew: true });
    await visit('again', {});
    await visit('another page', { path: '/how-it-works.html' });
    network.cut();
    await visit('offline', {});
    network.join();
    await releases.next();
    await visit('after a deploy', { isNew: true, release: subject === 'without' ? 2 : undefined });
    await visit('once more', { release: 2 });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

function visitor(context, network, subject, tell) {
  /**
   * @param isNew whether there is a version to install, which is waited for.
   * @param release which one is to be seen on the page, if that is to be looked at.
   */
  return async (visit, { isNew = false, path = '/', release }) => {
    const page = await context.newPage();
    const before = network.bytes;
    const begun = performance.now();
    const response = await page.goto(network.url + path, { waitUntil: 'load' }).catch(() => undefined);
    const ms = performance.now() - begun;
    const isThere = release === undefined || (await page.locator(`[data-release="${release}"]`).count()) > 0;
    if (subject === 'with' && isNew) await page.evaluate(installed, INSTALL_MS);
    await page.waitForLoadState('networkidle').catch(() => {});
    await rest(network);
    const bytes = network.bytes - before;
    tell({ visit, subject, ms, bytes, isShown: response?.ok() === true && isThere });
    await page.close();
    await rest(network);
  };
}

/** Settles when nothing comes any more: what is not needed at once is fetched behind the page. */
async function rest(network) {
  for (let before = -1; before !== network.bytes; await sleep(REST_MS)) before = network.bytes;
}

/** In the page: settles when what is there is installed; it may wait for this page to go. */
async function installed(most) {
  const registration = await navigator.serviceWorker.ready;
  await registration.update();
  const end = performance.now() + most;
  while (registration.installing) {
    if (performance.now() > end) throw new Error(`the install has taken ${most} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
