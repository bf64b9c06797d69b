// The programs that are compared: how each is started, and how one sees that it has done its work.
//
// `sha256sum+cp` is the least that a build can do: the digest of every file, by two processes at a time, and a copy.
// `gulp-rev` writes every file under a new name. `django` is collectstatic with ManifestStaticFilesStorage: every file
// under its own name and a hashed one, with the references in style sheets rewritten. `workbox-build` writes nothing
// but its list. Only `keepfresh` reads scripts and pages for references, and only it remembers its last build.

import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';
import { DJANGO, PEERS, program, PYTHON } from './install.mjs';
import { measure } from './trees.mjs';

/** The command line under test. */
const CLI = process.env.KEEPFRESH_BIN ?? join(ROOT, 'target/release/keepfresh');

const SUMS_AND_COPY = `cd "$1" &&
find . -type f -print0 | xargs -0 -P2 -n 200 sha256sum > "$2/sums" &&
cp -r . "$2/out"`;

/**
 * Each: its version, the command that builds `from` in the folder `to`, how many
 * files it says it has done, and the least that it has to write, as a multiple of the tree's files.
 */
const SUBJECTS = {
  keepfresh: {
    version: () => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version,
    command: (from, to) => [CLI, 'build', from, '--out', join(to, 'out')],
    done: (to) => entries(join(to, 'out/keepfresh.json'), 'files'),
    least: 1,
  },
  'sha256sum+cp': {
    command: (from, to) => ['sh', '-c', SUMS_AND_COPY, 'sh', from, to],
    done: (to) => readFileSync(join(to, 'sums'), 'utf8').split('\n').length - 1,
    least: 1,
  },
  'gulp-rev': {
    version: () => `${PEERS['gulp-rev']} (gulp ${PEERS.gulp})`,
    command: (from, to) => [process.execPath, program('gulp-rev.mjs'), from, join(to, 'out')],
    done: (to) => entries(join(to, 'out/rev-manifest.json')),
    least: 1,
  },
  django: {
    version: () => DJANGO,
    command: (from, to) => [PYTHON, program('django_static.py'), from, join(to, 'out')],
    done: (to) => entries(join(to, 'out/staticfiles.json'), 'paths'),
    least: 2,
  },
  'workbox-build': {
    version: () => PEERS['workbox-build'],
    command: (from, to) => [process.execPath, program('workbox-build.mjs'), from, to],
    done: (to) => entries(join(to, 'manifest.json')),
    least: 0,
  },
};

/** The subjects there are on this machine, in the order of the table's columns. */
export function subjects({ hasDjango, say }) {
  if (!existsSync(CLI)) say(`there is no ${CLI} (\`npm run build\` makes it): keepfresh is left out`);
  const isThere = { keepfresh: existsSync(CLI), django: hasDjango };
  return Object.entries(SUBJECTS)
    .filter(([name]) => isThere[name] ?? true)
    .map(([name, subject]) => ({ name, ...subject }));
}

/** Builds `from` in the folder `to`, which may hold an earlier build. Returns how many milliseconds it took. */
export function build(subject, from, to) {
  mkdirSync(to, { recursive: true });
  const log = join(to, 'log');
  const file = openSync(log, 'w');
  const [command, ...args] = subject.command(from, to);
  const start = performance.now();
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', file, file] });
  const taken = performance.now() - start;
  closeSync(file);
  if (status !== 0) {
    const said = readFileSync(log, 'utf8').trim().split('\n').slice(-20).join('\n');
    throw new Error(`${subject.name} failed with ${error?.message ?? status}: ${said}`);
  }
  return taken;
}

/** Throws an Error if what a subject has left in the folder `to` is not the whole tree. */
export function check(subject, tree, to) {
  const done = subject.done(to);
  const written = measure(join(to, 'out')).files;
  if (done !== tree.files || written < tree.files * subject.least) {
    throw new Error(`${subject.name} did ${done} and wrote ${written} of ${tree.files} files`);
  }
}

/** The URL that a build of ours gave a file. */
export const urlOf = (path, to) => JSON.parse(readFileSync(join(to, 'out/keepfresh.json'), 'utf8')).files[path].url;

/** How many entries a list in JSON has. */
function entries(file, field) {
  const list = JSON.parse(readFileSync(file, 'utf8'));
  return Object.keys(field ? list[field] : list).length;
}
