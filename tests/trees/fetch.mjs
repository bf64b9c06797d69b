// Fetches the trees that are missing into target/trees, by the registries' own clients. By hand:
// `node tests/trees/fetch.mjs`.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT, say } from '../../scripts/run.mjs';
import { TREES } from './trees.mjs';

const STORE = join(ROOT, 'target', 'trees');
const MINUTES = 5;

/** How each registry's client is told to put archives of one version into the current folder. */
const CLIENTS = {
  npm: (name) => ['npm', ['pack', '--silent', name]],
  pypi: (name) => ['pip', ['download', '--quiet', '--no-deps', '--only-binary=:all:', name]],
  debian: (names) => ['apt-get', ['-qq', 'download', ...names]],
};

/** How each kind of archive is unpacked into a folder. */
const UNPACKERS = {
  tgz: (archive, into) => ['tar', ['-xzf', archive, '-C', into]],
  whl: (archive, into) => ['python3', ['-m', 'zipfile', '-e', archive, into]],
  zip: (archive, into) => ['python3', ['-m', 'zipfile', '-e', archive, into]],
  deb: (archive, into) => ['dpkg-deb', ['-x', archive, into]],
};

/** A registry, or its client, is not there. Whatever else fails is a fault. */
export class Unreachable extends Error {}

/**
 * Makes sure that a tree is here.
 *
 * @returns the folder to build
 * @throws {Unreachable} where no registry can be asked for it
 */
export async function fetchTree({ from, folder = '.' }) {
  if (from.here) return join(ROOT, from.here, folder);
  const [registry] = Object.keys(from);
  const place = join(STORE, [from[registry]].flat()[0].replace(/[^\w.@=+-]/g, '_'));
  if (!existsSync(place)) await fetchInto(place, registry, from, folder);
  return place;
}

/** The tree gets its name last: a folder of that name is whole. Links to other packages become what they lead to. */
async function fetchInto(place, registry, from, folder) {
  mkdirSync(STORE, { recursive: true });
  const work = mkdtempSync(join(STORE, '.new-'));
  const made = (name) => {
    mkdirSync(join(work, name));
    return join(work, name);
  };
  try {
    const archives = made('archives');
    await run(...CLIENTS[registry](from[registry]), archives).catch((error) => {
      throw new Unreachable(error.message, { cause: error });
    });
    let tree = made('tree');
    for (const name of readdirSync(archives)) await unpack(join(archives, name), tree);
    if (from.inner) {
      const archive = join(tree, from.inner);
      tree = made('inner');
      await unpack(archive, tree);
    }
    await run('cp', ['-rL', join(tree, folder), join(work, 'whole')], work);
    if (!existsSync(place)) renameSync(join(work, 'whole'), place);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const unpack = (archive, into) => run(...UNPACKERS[archive.split('.').at(-1)](archive, into), into);

async function run(command, args, cwd) {
  try {
    await promisify(execFile)(command, args, { cwd, timeout: MINUTES * 60_000 });
  } catch (error) {
    const said = error.stderr?.trim().split('\n').at(-1);
    throw new Error(`${command} ${args.join(' ')}: ${said || error.message.trim()}`, { cause: error });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const tree of TREES) say(`${tree.name}: ${await fetchTree(tree)}`);
}
