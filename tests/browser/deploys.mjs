// One deploy after another at one site, each with something wrong at first: what a page shows then is all of one version, and
// the new one comes once nothing is wrong any more.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { damages } from './damages.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

/** Both kinds of workers: those with routes, and those that serve what is precached alone. */
export const KINDS = {
  routes: (text) => `keep = 2\n${text}`,
  only: () => 'keep = 2\n[precache]\nonly = true\n',
};

const TYPES = { '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
export const typeOf = (path) => TYPES[extname(path)] ?? 'application/octet-stream';
export const pathOf = ({ url }) => new URL(url, 'http://x').pathname.replace(/\/$/, '/index.html');

/** Whether that is a script of the worker, which the browser loads by itself. */
export const isOfWorker = (path) => path === '/sw.js' || /keepfresh\/(worker|install)\.kf/.test(path);

/** Says yes as often as no, the same for the same seed. */
export const coin = (seed) => () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) < 2 ** 31;

/** Gives bytes, or that there are none. */
export function give(response, path, bytes, status = 200, fields = {}) {
  if (!bytes) return (response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html>no'), true);
  response.writeHead(status, {
    'content-type': typeOf(path),
    'content-length': bytes.length,
    'cache-control': 'no-store',
    ...fields,
  });
  return (response.end(bytes), true);
}

/**
 * A site that is installed, and that can be deployed again and again.
 *
 * @returns among others `before` and `now`, the files of the latest two releases by their paths.
 */
export async function start(driver, t, kind) {
  const site = await makeSite({ edits: { 'keepfresh.toml': KINDS[kind] } });
  t.after(() => site.close());
  const there = { number: 1, wrong: () => undefined, isDown: false, site, before: new Map(), now: new Map() };
  const mood = (path) => (there.isDown ? 'break' : there.wrong(path));
  const answers = (...all) => !there.isDown && there.wrong.answers?.(there, ...all);
  there.server = await serve(site.dist, mood, 'no-store', answers);
  t.after(() => there.server.close());
  there.tab = await openTab(driver, { url: (path = '') => `${there.server.url}/${path}` });
  t.after(() => there.tab.close());
  await there.tab.open();
  await there.tab.controlled();
  return there;
}

/**
 * One deploy with something wrong, and then without.
 *
 * @param wrong the server's mood; with `answers`, it has those of its own: see `serve`.
 * @param mayLack what a page may lack: `image` or `page`.
 */
export const live = (there, name, wrong, mayLack = '') =>
  deploy(there, name, wrong, mayLack).catch((error) => {
    throw new Error(`${name}: ${error.message}`, { cause: error });
  });

async function deploy(there, name, wrong, mayLack) {
  const old = `version-${there.number}`;
  const next = `version-${++there.number}`;
  there.before = filesIn(there.site.dist);
  const said = (text) => text.replaceAll(/version-\d+/g, next);
  await there.site.deploy((text, path) => (path.endsWith('.toml') ? text : said(text)), { atOnce: true });
  there.now = filesIn(there.site.dist);
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
}

/** The files of a folder, by the paths of their URLs. */
export function filesIn(folder) {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = paths.map(({ name, parentPath, path = parentPath }) => relative(folder, join(path, name)));
  return new Map(names.map((name) => [`/${name}`, readFileSync(join(folder, name))]));
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
