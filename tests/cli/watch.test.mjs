// `keepfresh build --watch`, while what it watches is replaced.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownFolder, put, text, urlOf } from './folder.mjs';
import { PROGRAM } from './run.mjs';

const folder = ownFolder('watch');
const SITE = { 'index.html': '<!doctype html><link rel=stylesheet href=a.css>', 'a.css': 'a{}' };

/** A watch; `until` waits for what it says. */
function watch(t, ...args) {
  const child = spawn(PROGRAM, ['build', ...args, '--watch']);
  t.after(() => child.kill());
  const watched = { said: '' };
  child.stderr.on('data', (piece) => (watched.said += piece));
  watched.until = async (pattern) => {
    for (let n = 0; n < 400 && !pattern.test(watched.said); n++) await sleep(25);
    assert.match(watched.said, pattern);
    watched.said = '';
  };
  return watched;
}

test('what a build puts beside an output in the folder is no change', async (t) => {
  const src = put(join(folder, 'inside'), SITE);
  const watched = watch(t, src, '--out', join(src, 'dist'), '--no-cache');
  await watched.until(/watching .*Ctrl\+C\n/);
  await sleep(700);
  assert.equal(watched.said, '');
  put(src, { 'a.css': 'b{}' });
  await watched.until(/built/);
  assert.deepEqual(
    readdirSync(src).filter((name) => name.startsWith('.')),
    [],
  );
});

test('a folder that takes the place of the one that is watched is watched', async (t) => {
  const src = put(join(folder, 'replaced'), SITE);
  const out = `${src}-out`;
  const watched = watch(t, src, '--out', out);
  await watched.until(/watching/);
  for (const [n, replace] of [
    () => rmSync(src, { recursive: true }),
    () => renameSync(src, `${src}-old`),
    () => rmSync(src, { recursive: true }),
  ].entries()) {
    replace();
    await watched.until(/is not a folder/);
    put(src, { ...SITE, 'a.css': `a{b:${n}}` });
    await watched.until(/built/);
    // From now on each change counts, deep ones too.
    await sleep(600);
    put(src, { 'deep/er/b.css': `b{b:${n}}` });
    await watched.until(/built/);
    await sleep(300);
    put(src, { 'deep/er/b.css': `b{c:${n}}` });
    await watched.until(/built/);
    assert.equal(text(out, 'deep/er/b.css'), `b{c:${n}}`);
  }
});

test('so is a configuration, each time', async (t) => {
  const src = put(join(folder, 'configured'), SITE);
  const config = join(folder, 'other.toml');
  put(folder, { 'other.toml': '' });
  const watched = watch(t, src, '--out', `${src}-out`, '--config', config);
  await watched.until(/watching/);
  for (const digits of [8, 9, 10]) {
    put(folder, { 'next.toml': `[names]\ndigits = ${digits}\n` });
    renameSync(join(folder, 'next.toml'), config);
    await watched.until(/built/);
    assert.match(urlOf(`${src}-out`, 'a.css'), new RegExp(`^a\\.kf\\.[0-9a-f]{${digits}}\\.css$`));
  }
});
