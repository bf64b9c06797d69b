// The map in ARCHITECTURE.md: what it names is there, and what is there is named.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test from 'node:test';
import { output, ROOT } from '../../scripts/run.mjs';

const TEXT = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
const ROWS = TEXT.split('\n').filter((line) => line.startsWith('| `'));
/** What belongs to the project, or will. */
const files = output('git', ['-C', ROOT, 'ls-files', '--cached', '--others', '--exclude-standard']).split('\n');

test('each file and folder that is named is there', () => {
  const named = [...TEXT.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:rs|ts|mjs)|(?:[\w.-]+\/)+)`/g)].map(([, path]) => path);
  const written = named.filter((path) => !path.startsWith('pkg/'));
  assert.ok(named.length > 100, `${named.length} are named`);
  const isThere = (path) =>
    files.some((file) => (path.endsWith('/') ? `/${file}`.includes(`/${path}`) : `/${file}`.endsWith(`/${path}`)));
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

test('what the row of a folder of js/ names is there', () => {
  const ghosts = ROWS.flatMap((row) => {
    const [, folder] = /^\| `(js\/\w+\/)`/.exec(row) ?? [];
    if (!folder) return [];
    // Or is an entry, that uses it.
    const isNear = (file) => file.startsWith(folder) || /^js\/[^/]+$/.test(file);
    const names = files.filter(isNear).map((file) => basename(file).replace(/\.\w+$/, ''));
    const named = [...row.slice(row.indexOf(' | ')).matchAll(/`([a-z][a-z-]*)`/g)].map(([, name]) => name);
    assert.ok(named.length > 5, row);
    return named.filter((name) => !names.includes(name));
  });
  assert.deepEqual(ghosts, []);
});
