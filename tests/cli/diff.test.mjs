// What has changed between two built folders, and what it costs.

import assert from 'node:assert/strict';
import { brotliCompressSync } from 'node:zlib';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, put, text, partOf, urlOf } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('diff');
let count = 0;

/** Builds a site of these files; the folder that came of it. */
function release(files) {
  const src = put(join(folder, `src-${++count}`), files);
  built(src, `${src}-out`);
  return `${src}-out`;
}

/** Text that compresses a little, and differs by its seed. */
const lines = (seed, many) =>
  Array.from({ length: many }, (_, n) => `let a${n} = ${(n * n * 7919 + seed) % 99991};`).join('\n');

const page = (...scripts) =>
  `<!doctype html><title>Page</title>${scripts.map((src) => `<script src="${src}"></script>`).join('')}`;

const SITE = { 'index.html': page('js/a.js', 'js/b.js'), 'js/a.js': lines(1, 3000), 'js/b.js': lines(2, 500) };

const diff = (...args) => {
  const { status, stdout, stderr } = keepfresh('diff', ...args);
  assert.equal(status, 0, stderr);
  return stdout;
};

test('a small change is a small delta', () => {
  const one = release(SITE);
  const two = release({ ...SITE, 'js/a.js': SITE['js/a.js'].replace('let a700 ', 'let b700 ') });
  const { changed, unchanged, removed, worker, total } = JSON.parse(diff(one, two, '--json'));
  assert.deepEqual([unchanged, removed], [1, 0]);
  assert.deepEqual(
    changed.map(({ url, from }) => [url, from]),
    [
      ['', ''],
      [urlOf(two, 'js/a.js'), urlOf(one, 'js/a.js')],
    ],
  );
  const [, script] = changed;
  const bytes = text(two, urlOf(two, 'js/a.js'));
  assert.equal(script.whole, bytes.length);
  assert.ok(Math.abs(script.brotli - brotliCompressSync(bytes).length) < script.brotli / 20, String(script.brotli));
  assert.ok(script.delta < 150, `${script.delta} bytes`);
  for (const column of ['whole', 'brotli', 'delta']) {
    const sum = changed.reduce((sum, one) => sum + one[column], worker[column]);
    assert.equal(total[column], sum, column);
  }
  assert.match(diff(one, two), /in all: 2 changed, 1 unchanged, 0 removed/);
});

test('what is the same, new, gone or under another name is told apart', () => {
  const one = release(SITE);
  const all = (...folders) => JSON.parse(diff(...folders, '--json'));
  assert.deepEqual(all(one, one), {
    unchanged: 3,
    removed: 0,
    changed: [],
    worker: { whole: 0, brotli: 0, delta: 0 },
    total: { whole: 0, brotli: 0, delta: 0 },
  });
  const { 'js/b.js': b, ...rest } = SITE;
  const two = release({
    ...rest,
    'index.html': page('js/a.js', 'js/c.js', 'js/new.js'),
    'js/c.js': b,
    'js/new.js': lines(9, 90),
  });
  const { changed, removed } = all(one, two);
  // The bytes of b.js are there already, whatever they are called now.
  assert.equal(removed, 1);
  const fresh = changed.find(({ url }) => url.includes('new'));
  assert.deepEqual([changed.length, fresh.from, fresh.delta], [2, undefined, fresh.brotli]);
});

test('what is compressed already is not compressed once more', () => {
  const noise = (seed) => Buffer.from(lines(seed, 300)).toString('base64');
  const site = (seed) => ({ 'index.html': '<!doctype html><img src="a.png" alt="">', 'a.png': noise(seed) });
  const [one, two] = [release(site(1)), release(site(2))];
  const picture = JSON.parse(diff(one, two, '--json')).changed.find(({ url }) => url.endsWith('.png'));
  assert.equal(picture.brotli, picture.whole);
  assert.ok(picture.delta < picture.whole);
});

test('a list that leads out of the folder is not followed', () => {
  const [one, two] = [release(SITE), release({ ...SITE, 'js/a.js': lines(4, 50) })];
  const url = urlOf(two, 'js/a.js');
  const list = partOf(two, 'list.txt');
  writeFileSync(join(two, list), text(two, list).replaceAll(url, '../../etc/passwd'));
  const { status, stderr } = keepfresh('diff', one, two);
  assert.deepEqual([status, /passwd leads out of/.test(stderr)], [2, true], stderr);
});

test('folders that were not built are told of', () => {
  const one = release(SITE);
  for (const [spoil, said] of [
    [(out) => rmSync(join(out, 'sw.js')), /sw\.js cannot be read; name a folder that `keepfresh build` wrote/],
    [(out) => writeFileSync(join(out, 'sw.js'), 'self.x=1;'), /sw\.js installs nothing/],
    [(out) => rmSync(join(out, partOf(out, 'list.txt'))), /list\.kf\.\w+\.txt cannot be read; name a folder/],
    [(out) => rmSync(join(out, urlOf(out, 'js/a.js'))), /a\.kf\.\w+\.js cannot be read, though the worker installs it/],
  ]) {
    const two = release({ ...SITE, 'js/a.js': lines(3, 50) });
    spoil(two);
    const { status, stderr } = keepfresh('diff', one, two);
    assert.equal(status, 2);
    assert.match(stderr, said);
  }
});
