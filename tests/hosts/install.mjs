// Fetches what the tests of hosts run: servers from Debian's packages, unpacked and not installed, so that no
// service starts, and two npm packages that hosts match paths with. Everything lies in target/hosts; what is
// there, or on PATH, is left alone. By hand: `node tests/hosts/install.mjs`.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../cli/run.mjs';

const FOLDER = join(ROOT, 'target/hosts');
const UNPACKED = join(FOLDER, 'root');

/** Each: its program, and the packages that hold it and what Debian does not always have. */
const SERVERS = {
  nginx: { program: 'nginx', packages: ['nginx'] },
  apache: { program: 'apache2', packages: ['apache2-bin', 'libapr1', 'libaprutil1'] },
  caddy: { program: 'caddy', packages: ['caddy'] },
};

/** The versions that the hosts run: Vercel's `routing-utils` and Firebase's `superstatic` name them. */
const LIBRARIES = { 'path-to-regexp': '6.1.0', minimatch: '6.2.0' };

/**
 * Where a server is: `{program, modules, env}`, with Apache's modules beside it and what it needs to start; or
 * `{reason}`, why it cannot be used.
 */
export function server(name) {
  const { program } = SERVERS[name];
  const system = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  const unpacked = ['usr/sbin', 'usr/bin'].map((folder) => join(UNPACKED, folder));
  const place = [...system, ...unpacked].map((folder) => join(folder, program)).find(existsSync);
  if (!place) return { reason: `there is no ${program}; \`node tests/hosts/install.mjs\` fetches it` };
  if (!place.startsWith(UNPACKED)) return { program: place, modules: '/usr/lib/apache2/modules', env: {} };
  const lib = join(UNPACKED, 'usr/lib');
  const shared = existsSync(lib) ? readdirSync(lib).filter((folder) => folder.endsWith('-linux-gnu')) : [];
  const env = { LD_LIBRARY_PATH: shared.map((folder) => join(lib, folder)).join(delimiter) };
  return { program: place, modules: join(lib, 'apache2/modules'), env };
}

/** An npm package that a host uses, or `{reason}`. */
export function library(name) {
  try {
    return createRequire(join(FOLDER, 'package.json'))(name);
  } catch {
    return { reason: `there is no ${name}; \`node tests/hosts/install.mjs\` fetches it` };
  }
}

/** Fetches what is missing, and returns the reasons for what could not be fetched. */
export function install() {
  mkdirSync(FOLDER, { recursive: true });
  const reasons = [];
  const run = (what, command, ...args) => {
    const { status, stderr, error } = spawnSync(command, args, { cwd: FOLDER, encoding: 'utf8' });
    if (status !== 0) reasons.push(`${what}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
    return status === 0;
  };
  for (const [name, { packages }] of Object.entries(SERVERS)) {
    if (!server(name).reason) continue;
    for (const wanted of packages) {
      if (!run(name, 'apt-get', '-qq', '-o', 'APT::Sandbox::User=root', 'download', wanted)) break;
      const file = readdirSync(FOLDER).find((file) => file.startsWith(`${wanted}_`) && file.endsWith('.deb'));
      if (!run(name, 'dpkg-deb', '-x', file, UNPACKED)) break;
    }
  }
  const missing = Object.keys(LIBRARIES).filter((name) => library(name).reason);
  if (missing.length > 0) {
    // Without it npm would look for a package above this folder.
    writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
    const wanted = Object.entries(LIBRARIES).map(([name, version]) => `${name}@${version}`);
    run('npm', 'npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...wanted);
  }
  return reasons;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const reasons = install();
  for (const reason of reasons) console.error(reason);
  for (const name of Object.keys(SERVERS)) console.error(`${name}: ${server(name).program ?? server(name).reason}`);
}
