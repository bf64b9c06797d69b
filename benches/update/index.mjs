// What an update costs whoever has the release before: ours beside Workbox, between real releases of vendored packages.
//
// Both are installed at the old release, the new one is deployed, and the bytes of all bodies that the server sends until
// it is installed are counted; it compresses with Brotli at its best what is not compressed already.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { ROOT } from '../../scripts/run.mjs';
import { chromiumVersion, withChromium, within } from '../start/chromium.mjs';
import { bundle, versions } from '../start/subjects.mjs';
import { RELEASES, vendor } from './packages.mjs';

export const summary = 'what an update between real releases costs, beside Workbox (4 minutes, and downloads packages)';
export const baseline = 'workbox';
export const cases = Object.keys(RELEASES).map((name) => `update/${name}`);

const CLI = join(ROOT, 'target/release/keepfresh');
const TYPES = { '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.txt': 'text/plain' };

/** Runs the cases that `wants` asks for. Returns rows, and a line about what they were measured with. */
export default async function run({ say, wants }) {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-bench-'));
  try {
    const rows = [];
    for (const [name, releases] of Object.entries(RELEASES)) {
      if (!wants(`update/${name}`)) continue;
      say(`update/${name}: building the two releases`);
      const sites = built(join(folder, name), releases);
      for (const subject of ['workbox', 'keepfresh']) {
        say(`update/${name}: ${subject}`);
        const { bytes, ms } = await updated(sites, subject, join(folder, `${name}-${subject}`));
        rows.push({ bench: 'update', case: `update/${name}`, subject, median: bytes, unit: 'bytes' });
        rows.push({ bench: 'update', case: `update/${name}/time`, subject, median: Math.round(ms), unit: 'ms' });
      }
    }
    return { rows, about: [chromiumVersion(), ...versions()].join(', ') };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The folders of the old and the new release, as our command line builds them. */
function built(folder, releases) {
  const [source, out] = [join(folder, 'source'), join(folder, 'out')];
  return [0, 1].map((which) => {
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source, { recursive: true });
    const paths = vendor(source, releases, which);
    const links = paths.map((path) => `<link rel="prefetch" href="${path}">`).join('\n');
    writeFileSync(join(source, 'app.js'), `document.title = 'Release ${which}';\n`);
    writeFileSync(
      join(source, 'index.html'),
      `<!doctype html>\n<html lang="en"><title>Site</title>\n${links}\n<script src="app.js"></script></html>\n`,
    );
    execFileSync(CLI, ['build', source, '--out', out, '--keep', '1'], { stdio: 'pipe' });
    const copy = join(folder, `release-${which}`);
    cpSync(out, copy, { recursive: true });
    return copy;
  });
}

/** A worker of Workbox for what ours installs: revisions are digests, as its build tools write them. */
async function workbox(folder) {
  const list = readdirSync(join(folder, 'keepfresh')).filter((name) => name.startsWith('list.kf.'));
  const current = JSON.parse(readFileSync(join(folder, 'keepfresh.json'), 'utf8')).version;
  const text = readFileSync(
    join(
      folder,
      'keepfresh',
      list.find((name) => name.includes(current)),
    ),
    'utf8',
  );
  const entries = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const revision = (url, digest) => (url.includes('.kf.') ? null : digest.slice(0, 32));
  return bundle(
    'workbox',
    entries.map(([url, , digest]) => ({ url: `/${url}`, revision: revision(url, digest) })),
  );
}

/** Installs the old release, deploys the new one, and gives the bytes that were sent and the milliseconds that it took. */
async function updated(sites, subject, profile) {
  const state = { folder: sites[0], worker: undefined, bytes: 0 };
  const encoded = new Map();
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    if (path === '/start') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    const file = join(state.folder, path.endsWith('/') ? `${path}index.html` : path);
    const body = path === '/sw.js' && state.worker ? state.worker : existsSync(file) && readFileSync(file);
    if (!body) return void response.writeHead(404).end();
    const isText = extname(file) in TYPES;
    const key = `${state.folder} ${path}`;
    if (isText && !encoded.has(key)) encoded.set(key, brotliCompressSync(body));
    const sent = isText ? encoded.get(key) : body;
    state.bytes += sent.length;
    response.writeHead(200, {
      'cache-control': path.includes('.kf.') ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      ...(isText && { 'content-encoding': 'br' }),
    });
    response.end(sent);
  }).listen(0);
  await once(server, 'listening');
  try {
    return await withChromium(profile, async (browser) => {
      if (subject === 'workbox') state.worker = await workbox(sites[0]);
      const page = await browser.newPage(`http://localhost:${server.address().port}/start`);
      await within(120, page.call(install), `${subject} did not install`);
      state.folder = sites[1];
      if (subject === 'workbox') state.worker = await workbox(sites[1]);
      // A host has compressed its files before anybody asks.
      for (const name of readdirSync(sites[1], { recursive: true })) {
        const isNew = name.includes('.kf.') || /-[\w-]{8}\.js$/.test(name) || name === 'index.html';
        if (isNew && extname(name) in TYPES && !existsSync(join(sites[0], name))) {
          encoded.set(`${sites[1]} /${name}`, compressed(join(sites[1], name)));
        }
      }
      state.bytes = 0;
      const ms = await within(120, page.call(update), `${subject} did not update`);
      return { bytes: state.bytes, ms };
    });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A file with Brotli at its best; each once, for all subjects. */
const compressed = (place) => {
  if (!forms.has(place)) forms.set(place, brotliCompressSync(readFileSync(place)));
  return forms.get(place);
};
const forms = new Map();

/** In the page: has the worker installed. */
async function install() {
  await navigator.serviceWorker.register('/sw.js');
  await navigator.serviceWorker.ready;
}

/** In the page: milliseconds until the new version is installed. */
async function update() {
  const registration = await navigator.serviceWorker.ready;
  const start = performance.now();
  await registration.update();
  const worker = registration.installing ?? registration.waiting;
  if (!worker) throw new Error('there is no new version');
  while (worker.state === 'installing') {
    await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
  }
  if (worker.state === 'redundant') throw new Error('the install failed');
  return performance.now() - start;
}
