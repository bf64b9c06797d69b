// What each folder of js/ may use: its own, and what the arrows say (as tests/layering.rs has it of src/). Types are free.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { ROOT } from '../../scripts/run.mjs';

const ARROWS = {
  '': ['host', 'install', 'page', 'server', 'worker'],
  host: [],
  worker: ['host'],
  'worker/parts': ['worker'],
  install: ['host', 'worker'],
  page: ['host', 'worker'],
  server: ['host', 'redis'],
  redis: ['server'],
};

const IMPORT = /^(?:import|export) (?!type )[^;]*?from '(\.[^']*)'|^import '(\.[^']*)'|\bimport\('(\.[^']*)'\)/gms;

test('no folder of js/ uses one that it must not know', () => {
  const js = join(ROOT, 'js');
  const folderOf = (path) => (dirname(path) === '.' ? '' : dirname(path));
  const wrong = [];
  let arrows = 0;
  for (const path of readdirSync(js, { recursive: true })) {
    if (!path.endsWith('.ts')) continue;
    const [folder, text] = [folderOf(path), readFileSync(join(js, path), 'utf8')];
    assert.ok(folder in ARROWS, `js/${folder} is in no arrow of this test`);
    for (const [, named, alone, later] of text.matchAll(IMPORT)) {
      const used = folderOf(join(dirname(path), named ?? alone ?? later));
      // What is out of js/ is built.
      if (used.startsWith('..') || used === folder) continue;
      arrows += 1;
      if (!ARROWS[folder].includes(used)) wrong.push(`js/${path} uses js/${used}`);
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(arrows > 100, `${arrows} were found`);
});
