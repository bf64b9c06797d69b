// The work cache: where it may lie, and what may happen to it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { built, namesIn, ownFolder, put, text } from './folder.mjs';
import { keepfresh, PROGRAM } from './run.mjs';

const folder = ownFolder('cache');
let count = 0;
const LONG = `x = "${'y'.repeat(3000)}"`;
const SITE = { 'index.html': '<!doctype html><script src=a.js></script>', 'a.js': LONG };
const site = (files = SITE) => put(join(folder, `src-${++count}`), files);
const cacheOf = (src) => join(folder, `.${basename(src)}-out.keepfresh-cache`);

test('a folder that holds what is not ours is no cache', () => {
  const src = site();
  for (const files of [{ '.gitignore': 'mine' }, { 'derived/x.txt': 'mine' }, { lock: 'mine' }]) {
    const cache = put(join(folder, `cache-${++count}`), files);
    const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`, '--cache', cache);
    assert.equal(status, 2);
    assert.match(stderr, /holds files that keepfresh did not write; name another folder with --cache/);
    assert.deepEqual(namesIn(cache), Object.keys(files));
    for (const [path, content] of Object.entries(files)) assert.equal(text(cache, path), content);
  }
});

test('a folder that is new, empty, or a cache is one', () => {
  const src = site();
  const cache = join(folder, 'own');
  built(src, `${src}-out`, '--cache', cache, '--compress', 'br');
  assert.equal(text(cache, '.gitignore'), '*\n');
  writeFileSync(join(cache, '.gitignore'), 'mine');
  assert.match(built(src, `${src}-out`, '--cache', cache, '--compress', 'br').stderr, /up to date/);
  assert.equal(text(cache, '.gitignore'), 'mine');
  mkdirSync(join(folder, 'empty'));
  built(src, `${src}-out`, '--cache', join(folder, 'empty'));
});

test('one that lasts for a run is gone after it, even if that was killed', () => {
  const src = site();
  // A process that is gone: numbers are handed out in turn, up to 2^22.
  mkdirSync(join(folder, `.${basename(src)}-out.keepfresh-cache-4194305`));
  built(src, `${src}-out`, '--no-cache', '--compress', 'br');
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith(`.${basename(src)}`)),
    [],
  );
});

test('what only looks writes nothing', () => {
  const src = site();
  const options = ['--compress', 'br,gzip'];
  const look = (option) => keepfresh('build', src, '--out', `${src}-out`, option, ...options);
  for (const option of ['--dry-run', '--check']) assert.match(look(option).stdout, /^\+ a\.js\.br$/m);
  assert.ok(!existsSync(cacheOf(src)) && !existsSync(`${src}-out`));
  built(src, `${src}-out`, ...options);
  const before = namesIn(cacheOf(src));
  assert.equal(look('--check').status, 0);
  put(src, { 'a.js': `${LONG};` });
  assert.match(look('--check').stdout, /^~ a\.js\.br$/m);
  assert.deepEqual(namesIn(cacheOf(src)), before);
});

test('what is damaged in it is made again', () => {
  const scripts = Array.from({ length: 14 }, (_, n) => [`${n}.js`, `${LONG}; y = ${n}`]);
  const tags = scripts.map(([name]) => `<script src=${name}></script>`).join('');
  const src = site({ ...Object.fromEntries(scripts), 'index.html': `<!doctype html>${tags}` });
  const out = `${src}-out`;
  const options = ['--compress', 'br,zstd,gzip', '--against', `${src}-old`];
  built(src, `${src}-old`);
  put(src, { '0.js': `${LONG}; y = "other"` });
  built(src, out, ...options);
  const derived = join(cacheOf(src), 'derived');
  const names = readdirSync(derived);
  for (const extension of ['br', 'zst', 'gz', 'dcz', 'pack'])
    assert.ok(
      names.some((name) => name.endsWith(`.${extension}`)),
      extension,
    );
  const clean = namesIn(out);
  for (const damage of [
    (place) => truncateSync(place, 0),
    (place) => truncateSync(place, 40),
    (place) => appendFileSync(place, 'x'),
    (place) => rmSync(place),
  ]) {
    for (const name of names) damage(join(derived, name));
    rmSync(out, { recursive: true });
    built(src, out, ...options);
    assert.match(keepfresh('verify', out).stderr, /is whole/);
    assert.deepEqual(namesIn(out), clean);
  }
});

test('a build and those who only look do not meet', async () => {
  const files = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`f/${n}.js`, `${LONG}; y = ${n}`]));
  const src = site({ ...SITE, ...files });
  const run = (...args) =>
    new Promise((done) => {
      const child = spawn(PROGRAM, ['build', src, '--out', `${src}-out`, '--compress', 'gzip,zstd', ...args]);
      let said = '';
      child.stderr.on('data', (piece) => (said += piece));
      child.on('close', (status) => done({ said, status }));
    });
  const runs = await Promise.all([run(), run('--check'), run('--dry-run'), run('--check')]);
  for (const { said, status } of runs) assert.ok(status < 2, said);
  assert.equal(keepfresh('verify', `${src}-out`).status, 0);
});
