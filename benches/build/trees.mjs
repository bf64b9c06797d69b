// The trees that are built: files of real packages, the same bytes in every run.
//
// `12000` is as many files of web types, package by package and sorted by path inside each.
//
// The trees of 1,000, 10,000 and 100,000 files are 1, 10 and 100 copies of one set of 1,000 files from the same
// packages, with about the same share of scripts, icons, fonts and style sheets. Thus ten times the files are ten
// times the bytes and ten times the references, and a figure that grows faster than that is the program's doing.
// Copy n ends each file with n newlines, so that no two files of different copies are the same. Big files are
// rarer than in the first tree: 100,000 of its size would be 2.7 GB.

import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FOLDER, PACKAGES } from './install.mjs';

const WEB = /\.(avif|css|eot|gif|html|ico|jpe?g|js|map|mjs|otf|png|svg|ttf|wasm|webp|woff2?)$/;

/** Names that keepfresh writes or reads itself. */
const RESERVED = /(^|\/)(sw\.js|keepfresh\.\w+)$/;

/** What the first tree has to be, in MB: another size means that other packages were installed. */
const ABOUT = [310, 330];

/** Folders that have all or nearly all of what their files refer to; the last gives as many as are missing. */
const SET = ['bootstrap/dist/css', 'katex', 'three/examples', 'bootstrap-icons/icons'];
const SET_SIZE = 1000;

/** How long after its last change a file is still read again, because its time says too little. */
const SETTLE_MS = 2500;

/** The tree with that many files: `{ folder, files, bytes }`. Written unless it is there. */
export async function tree(count, say) {
  const copies = count === 12000 ? 1 : count / SET_SIZE;
  const paths = count === 12000 ? take(Object.keys(PACKAGES), count) : take(SET, SET_SIZE);
  const sizes = paths.map((path) => statSync(source(path)).size);
  const once = sizes.reduce((sum, size) => sum + size, 0);
  // Copy n is n newlines longer, for each file.
  const bytes = once * copies + (paths.length * copies * (copies - 1)) / 2;
  if (count === 12000 && (bytes < ABOUT[0] * 1e6 || bytes > ABOUT[1] * 1e6)) {
    throw new Error(`the tree of 12,000 files has ${bytes} bytes, not about 320 MB`);
  }
  const one = { folder: join(FOLDER, 'trees', String(count)), files: count, bytes };
  const there = measure(one.folder);
  if (there.files === count && there.bytes === bytes) return one;
  say(`writing a tree of ${count} files, ${Math.round(bytes / 1e6)} MB`);
  rmSync(one.folder, { recursive: true, force: true });
  for (const path of paths) {
    const content = readFileSync(source(path));
    for (let copy = 0; copy < copies; copy++) {
      const place = join(one.folder, count === 12000 ? '' : `copy-${copy}`, path);
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, Buffer.concat([content, Buffer.alloc(copy, '\n')]));
    }
  }
  await sleep(SETTLE_MS);
  return one;
}

/** How many files a folder has, and how many bytes they are. */
export function measure(folder) {
  const sum = { files: 0, bytes: 0 };
  const walk = (at) => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const place = join(at, entry.name);
      if (entry.isDirectory()) walk(place);
      if (!entry.isFile()) continue;
      sum.files += 1;
      sum.bytes += statSync(place).size;
    }
  };
  try {
    walk(folder);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return sum;
}

const source = (path) => join(FOLDER, 'node_modules', path);

/** The first `count` files of web types in the folders. */
function take(folders, count) {
  const seen = new Set();
  const isNew = (path) => seen.size < seen.add(path.toLowerCase()).size;
  const paths = folders
    .flatMap((folder) =>
      readdirSync(source(folder), { recursive: true })
        .toSorted()
        .map((name) => `${folder}/${name}`),
    )
    .filter((path) => WEB.test(path) && !RESERVED.test(path) && !isLeftOut(path) && isNew(path))
    .filter((path) => statSync(source(path)).isFile())
    .slice(0, count);
  if (paths.length < count) throw new Error(`the packages have ${paths.length} files of web types, not ${count}`);
  return paths;
}

/** What some of the programs skip or refuse: then they would not all do the same work. */
const isLeftOut = (path) => /\/node_modules\/|\/\.|[^\x20-\x7e]/.test(path);
