// The map in ARCHITECTURE.md: what it names is there, and what is there is named.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { ROOT } from '../../scripts/run.mjs';

const TEXT = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
const ROWS = TEXT.split('\n').filter((line) => line.startsWith('| `'));
const TREES = ['benches', 'examples', 'fuzz', 'js', 'scripts', 'src', 'tests', 'www'];

const below = (tree) =>
  readdirSync(join(ROOT, tree), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/node_modules|[\\/]target/.test(entry.parentPath.replace('fuzz/targets', '')))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
const files = TREES.flatMap(below);

test('each file and folder that is named is there', () => {
  const named = [...TEXT.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:rs|ts|mjs)|(?:[\w.-]+\/)+)`/g)].map(([, path]) => path);
  const written = named.filter((path) => !path.startsWith('pkg/'));
  assert.ok(named.length > 100, `${named.length} are named`);
  const isThere = (path) => files.some((file) => `/${file}`.includes(path.endsWith('/') ? `/${path}` : `/${path}`));
  assert.deepEqual(
    written.filter((path) => !isThere(path)),
    [],
  );
});

test('each folder of what is published is named, and each file of js/ in the row of its folder', () => {
  const rowOf = (folder) => ROWS.find((row) => row.split(' | ')[0].includes(`\`${folder}/\``));
  const missing = [];
  for (const file of files.filter((file) => /^(?:js|src|scripts)\//.test(file))) {
    const [tree, folder] = file.split('/');
    const place = file.split('/').length > 2 && tree !== 'scripts' ? `${tree}/${folder}` : tree;
    const row = rowOf(place);
    if (!row && place !== 'src') missing.push(place);
    // What a folder of Rust holds, its `mod.rs` says.
    const isNamed =
      tree === 'src' || /\.d\.ts$|\/parts\//.test(file) || row?.includes(`\`${basename(file).replace(/\.\w+$/, '')}\``);
    if (!isNamed) missing.push(file);
  }
  assert.deepEqual([...new Set(missing)], []);
});
