// Static assets: what was built lies on two nginx, and a workerd in front of them has the cache. It takes from either only what
// the build wrote.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Miniflare } from 'miniflare';
import { install, server } from '../../tests/hosts/install.mjs';
import { start } from '../../tests/hosts/servers.mjs';
import { openReleases } from './releases.mjs';

const AT_ONCE = 8;
/** For how long the edge lets a server rest that has failed. */
const REST_MS = 500;
const file = (path) => readFileSync(new URL(path, import.meta.url));

/** Starts two origin servers and the edge. `act` does one of the `ACTS`, and looks at every file afterwards. */
export async function startAssets() {
  if (server('nginx').reason) install();
  const { reason } = server('nginx');
  if (reason) throw new Error(reason);
  const ends = [];
  const close = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const releases = await openReleases();
    ends.push(() => releases.close());
    const origins = [];
    for (const name of ['first', 'second']) {
      const origin = await openOrigin(releases, join(releases.folder, name));
      ends.push(() => origin.stop());
      origins.push(origin);
    }
    const edge = new Miniflare(edgeOptions(origins, [releases.manifest()], releases.folder));
    ends.push(() => edge.dispose());
    const system = { releases, origins, edge, base: String(await edge.ready).replace(/\/$/, '') };
    const act = (name) => {
      if (!Object.hasOwn(ACTS, name)) throw new Error(`there is no ${name}: ${Object.keys(ACTS).join(', ')}`);
      return ACTS[name](system);
    };
    return { ...system, act, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** An nginx with a copy of what was built, that can be stopped and started at the same place. */
async function openOrigin({ out }, folder) {
  const root = join(folder, 'site');
  let running;
  let port;
  const origin = {
    /** What it has sent since this was asked last: paths. */
    sent() {
      const log = join(folder, 'access.log');
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').filter(Boolean) : [];
      if (lines.length > 0) writeFileSync(log, '');
      return lines.map((line) => line.split(' ')[0]).filter((path) => path !== '/');
    },
    copy() {
      rmSync(root, { recursive: true, force: true });
      cpSync(out, root, { recursive: true });
    },
    /** Flips a bit in every style sheet. */
    damage() {
      for (const name of readdirSync(join(root, 'css')).filter((name) => name.includes('.kf.'))) {
        const bytes = readFileSync(join(root, 'css', name));
        bytes[bytes.length >> 1] ^= 1;
        rmSync(join(root, 'css', name)); // It may be one file under two names.
        writeFileSync(join(root, 'css', name), bytes);
      }
    },
    isRunning: () => running !== undefined,
    async start() {
      running ??= await start('nginx', { out: root, root, base: '/robots.txt', port, log: true }, folder);
      port = Number(new URL(running.url).port);
      origin.url = running.url;
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
  };
  origin.copy();
  await origin.start();
  return origin;
}

/** What the edge runs. What it keeps outlasts a deploy. */
function edgeOptions(origins, manifests, folder) {
  return {
    compatibilityDate: '2026-04-01',
    cachePersist: join(folder, 'cache'),
    modules: [
      { type: 'ESModule', path: 'worker.mjs', contents: file('edge-worker.mjs').toString() },
      { type: 'ESModule', path: 'edge.js', contents: file('../../pkg/edge.js').toString() },
      { type: 'CompiledWasm', path: 'keepfresh.wasm', contents: file('../../pkg/keepfresh.wasm') },
    ],
    bindings: { ORIGINS: origins.map(({ url }) => url), MANIFESTS: manifests, REST_MS },
  };
}

/** Starts a server again; the edge asks it once it has rested. */
async function back(origin) {
  if (origin.isRunning()) return;
  await origin.start();
  await sleep(2 * REST_MS);
}

const ACTS = {
  /** A visitor asks for everything. */
  look,
  /** The first origin server stops, or is started again. */
  async stop(system) {
    const [first] = system.origins;
    await (first.isRunning() ? first.stop() : back(first));
    return { ...(await look(system)), isStopped: !first.isRunning() };
  },
  /** A bit of every style sheet flips on the first origin server, and the edge has forgotten all. */
  async damage(system) {
    await back(system.origins[0]);
    system.origins[0].damage();
    await fetch(`${system.base}/invalidate`);
    return look(system);
  },
  /** The next release; and what it costs who has the one before. */
  async deploy(system) {
    const { base } = system;
    const { after, before } = await deploy(system);
    const changed = Object.values(after.files).filter(
      ({ integrity }) => !Object.values(before.files).some((file) => file.integrity === integrity),
    );
    const from = `keepfresh/${before.version}.kf.${after.version}.update`;
    const deltas = Object.keys(after.written).filter((path) => path === from || path.endsWith('.dcz'));
    const size = async (paths) => {
      const all = await Promise.all(paths.map((path) => bytes(base, path)));
      return Buffer.concat(all).length;
    };
    const seen = await look(system);
    const whole = await size(changed.map(({ url }) => url));
    return { ...seen, changed: changed.length, whole, deltas: await size(deltas) };
  },
};

/** Brings the next release to both origin servers, and to the edge what is to be held to. Gives the manifests before and after. */
export async function deploy({ base, edge, origins, releases }) {
  const before = releases.manifest();
  await releases.next();
  for (const origin of origins) origin.copy();
  await back(origins[0]);
  const after = releases.manifest();
  // At the same place, for what the edge keeps lies under whole URLs.
  const port = Number(new URL(base).port);
  await edge.setOptions({ ...edgeOptions(origins, [after, before], releases.folder), port });
  await edge.ready;
  return { before, after };
}

/** Asks the edge for every file: how many there are, how many of them are not what the build wrote, how often who was asked. */
async function look({ base, origins, releases }) {
  const files = Object.values(releases.manifest().files);
  for (const origin of origins) origin.sent();
  const waiting = [...files];
  const took = [];
  let wrong = 0;
  const ask = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      const begun = performance.now();
      const body = await bytes(base, one.url);
      took.push(performance.now() - begun);
      const digest = `sha256-${createHash('sha256').update(body).digest('base64')}`;
      if (digest !== one.integrity) wrong++;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  const asked = origins.map((origin) => origin.sent().length);
  return { files: files.length, wrong, asked, mean: took.reduce((sum, one) => sum + one, 0) / took.length };
}

async function bytes(base, path) {
  const response = await fetch(`${base}/${path}`);
  return Buffer.from(await response.arrayBuffer());
}
