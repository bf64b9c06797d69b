// A page that a subject's worker controls, and what can be done with it.

import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { ROOT } from '../../scripts/run.mjs';
import { pause, within } from './chromium.mjs';

/** Opens a subject's page, installs its worker, and waits until everything is stored and the page controlled. */
export async function install(browser, { name, server }, urls) {
  const page = await browser.newPage(`${server.origin}/`);
  await within(600, page.call(untilStored, urls), `${name} did not store its precache list`);
  // What is not stored must now come from the server, which counts. The browser's own cache would hide it.
  await page.send('Network.clearBrowserCache');
  await page.reload();
  await expectController(page, name);
  return page;
}

/** Throws if no worker answers the page's requests: then nothing measured in it means anything. */
export async function expectController(page, name) {
  if (!(await page.call(() => navigator.serviceWorker.controller !== null))) {
    throw new Error(`the worker of ${name} does not control its page`);
  }
}

/** Calls `measure` and throws if an asset was asked from the server meanwhile. */
export async function withoutNetwork({ name, server }, measure) {
  const before = server.assetRequests();
  const figure = await measure();
  if (server.assetRequests() > before)
    throw new Error(`${name} asked the network for an asset that it should have stored`);
  return figure;
}

/** Gives a function that stops the worker of the page and waits until it has stopped. */
export async function workerStopper(page, { name, server }) {
  const statuses = new Map();
  page.on('ServiceWorker.workerVersionUpdated', ({ versions }) => {
    for (const { versionId, scriptURL, runningStatus } of versions) {
      if (scriptURL.startsWith(server.origin)) statuses.set(versionId, runningStatus);
    }
  });
  await page.send('ServiceWorker.enable');
  const stopped = async () => {
    while (![...statuses.values()].every((status) => status === 'stopped')) await pause(5);
  };
  return async () => {
    await page.send('ServiceWorker.stopAllWorkers');
    await within(20, stopped(), `the worker of ${name} did not stop`);
    await pause(50); // What is left of the stopping must not be part of the next start.
  };
}

/** Has a subject's worker installed anew after a deploy; it takes over when all pages are gone. */
export async function update(page, { name }) {
  await within(120, page.call(untilUpdated), `${name} did not install the new version`);
}

/**
 * Calls `register` of keepfresh/window in a page that has loaded these URLs, and waits until they are stored once more.
 * Throws if there is nothing to store: then they were not put together from bytes.
 */
export async function storeAgain(page, { name }, urls) {
  if (await page.call(areStoredWithUrls, urls)) throw new Error(`${name} has no script out of a pack or a delta`);
  await within(60, page.call(registerAndWait, await windowScript(), urls), `${name} did not store its scripts again`);
}

/** keepfresh/window as a page would bundle it. */
async function windowScript() {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(ROOT, 'pkg/window.js')],
    bundle: true,
    format: 'iife',
    globalName: 'keepfreshWindow',
    write: false,
  });
  return outputFiles[0].text;
}

/** In the page: waits until a new version is installed. */
async function untilUpdated() {
  const registration = await navigator.serviceWorker.ready;
  await registration.update();
  const worker = registration.installing ?? registration.waiting;
  if (!worker) throw new Error('there is no new version');
  while (worker.state === 'installing') {
    await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
  }
  if (worker.state === 'redundant') throw new Error('the install failed');
}

/** In the page: whether all of these are stored as they came from a server. */
async function areStoredWithUrls(urls) {
  const stored = await Promise.all(urls.map((url) => caches.match(url)));
  return stored.every((response) => response?.url);
}

/** In the page: what a page that uses keepfresh/window does. */
async function registerAndWait(script, urls) {
  const { register } = new Function(`${script}; return keepfreshWindow;`)();
  await register('/sw.js');
  for (;;) {
    const stored = await Promise.all(urls.map((url) => caches.match(url)));
    if (stored.every((response) => response?.url)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** In the page: registers the worker and waits until it is active and every URL is in some cache. */
async function untilStored(urls) {
  await navigator.serviceWorker.register('/sw.js');
  const { active } = await navigator.serviceWorker.ready;
  for (;;) {
    const stored = new Set();
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const { url } of await cache.keys()) stored.add(new URL(url).pathname);
    }
    if (active.state === 'activated' && urls.every((url) => stored.has(url))) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
