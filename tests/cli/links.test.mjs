// Links in a folder, and what else is in there that is no file.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { built, ownFolder, put, urlOf } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('links');
let count = 0;
const site = (files) => put(join(folder, `src-${++count}`), files);
const outOf = (src) => `${src}-out`;
const PAGE = { 'index.html': '<!doctype html><link rel=stylesheet href=a.css>', 'a.css': 'a{}' };

describe('links', () => {
  test('inside the folder are what they lead to', () => {
    const src = site({ ...PAGE, 'real/x.css': 'x{}', 'index.html': '<link rel=stylesheet href=as/x.css>' });
    symlinkSync('a.css', join(src, 'b.css'));
    symlinkSync('real', join(src, 'as'));
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    assert.equal(readFileSync(join(outOf(src), 'b.css'), 'utf8'), 'a{}');
    assert.match(readFileSync(join(outOf(src), 'index.html'), 'utf8'), /href=as\/x\.kf\.[0-9a-f]{20}\.css>/);
    assert.ok(!lstatSync(join(outOf(src), 'as')).isSymbolicLink());
  });

  const cases = [
    ['to a file outside', '../outside.txt', /a link that leads out of the folder, to .*outside\.txt; copy the file in/],
    ['to a folder outside', '..', /a link that leads out of the folder/],
    ['to what nobody may ever write to', 'pipe', /a link to what is neither a file nor a folder/],
    ['to the folder it lies in', '.', /a link to a folder that it lies in itself/],
  ];
  for (const [name, target, message] of cases) {
    test(name, () => {
      const src = site(PAGE);
      writeFileSync(join(folder, 'outside.txt'), 'outside');
      spawnSync('mkfifo', [join(src, 'pipe')]);
      symlinkSync(target, join(src, 'link.txt'));
      const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
      assert.equal(status, 2);
      assert.match(stderr, message);
      writeFileSync(join(src, 'keepfresh.toml'), 'exclude = ["link.txt"]');
      assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    });
  }
});

test('links that lead nowhere are left out, with a warning', () => {
  const src = site({ ...PAGE, 'page.html': '<img src=gone.png>' });
  for (const [name, target] of Object.entries({ 'gone.png': '../nothing', 'b.txt': 'b2.txt', 'b2.txt': 'b.txt' }))
    symlinkSync(target, join(src, name));
  const warned = () => {
    const { findings } = JSON.parse(built(src, outOf(src), '--json').stdout);
    return findings.filter(({ severity }) => severity === 'warning').map(({ path, code }) => `${path} ${code}`);
  };
  const [of_page, ...of_links] = ['page.html', 'b.txt', 'b2.txt', 'gone.png'].map((path) => `${path} missing-file`);
  assert.deepEqual(warned().sort(), [...of_links, of_page]);
  assert.deepEqual(warned().sort(), [...of_links, of_page], 'where nothing has changed, too');
  assert.ok(!readdirSync(outOf(src)).includes('b.txt'));
  rmSync(join(src, 'b.txt'));
  rmSync(join(src, 'b2.txt'));
  assert.deepEqual(warned().sort(), [of_links[2], of_page]);
  writeFileSync(join(src, 'keepfresh.toml'), 'exclude = ["gone.png"]');
  assert.deepEqual(warned(), [of_page]);
  writeFileSync(join(src, 'keepfresh.toml'), '[severity]\nmissing-file = "error"');
  assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 1);
});

test('links between folders that lead to each other are told of', () => {
  const src = site({ ...PAGE, 'a/a.txt': 'a', 'b/b.txt': 'b' });
  symlinkSync('../b', join(src, 'a/to-b'));
  assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
  symlinkSync('../a', join(src, 'b/to-a'));
  const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
  assert.equal(status, 2);
  assert.match(stderr, /(a\/to-b\/to-a|b\/to-a\/to-b) is a link to a folder that it lies in itself/);
});

test('links to folders that hold links to the next are not followed for ever', () => {
  const src = site(PAGE);
  for (let n = 0; n < 20; n++) {
    put(src, { [`${n}/x.txt`]: 'x' });
    for (const name of ['a', 'b']) symlinkSync(`../${n + 1}`, join(src, `${n}/${name}`));
  }
  mkdirSync(join(src, '20'));
  const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
  assert.equal(status, 2);
  assert.match(stderr, /more than 10000 links to folders would have to be followed, \d+\/\S+ among them/);
});

test('a kept file that leads to what has no end is left out', { skip: process.platform !== 'linux' }, () => {
  for (const integrity of ['sha256', 'sha384']) {
    const src = site(PAGE);
    const options = ['--keep', '1', '--integrity', integrity];
    built(src, outOf(src), ...options);
    const kept = join(outOf(src), urlOf(outOf(src), 'a.css'));
    rmSync(kept);
    symlinkSync('/dev/zero', kept);
    put(src, { 'a.css': 'b{}' });
    assert.match(built(src, outOf(src), ...options).stderr, /a\.kf\..*it is not there any more: it is left out/);
  }
});
