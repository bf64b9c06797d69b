// What stays of earlier releases, deploy after deploy.

import assert from 'node:assert/strict';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, put, text, urlOf } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('history');

test('what a version leaves alone pushes no release out', () => {
  const src = put(join(folder, 'alone'), {
    'keepfresh.toml': '[precache]\nexclude = ["blog/**"]\n',
    'index.html': '<!doctype html><link rel=stylesheet href=a.css>',
    'a.css': 'a{b:1}',
    'blog/post.html': '<!doctype html><img src=pic.png>',
    'blog/pic.png': 'one',
  });
  const out = `${src}-out`;
  const build = () => built(src, out, '--keep', '1');
  build();
  const [first, picture] = [urlOf(out, 'a.css'), urlOf(out, 'blog/pic.png')];
  put(src, { 'a.css': 'a{b:2}' });
  build();
  for (const words of ['two', 'three']) {
    put(src, { 'blog/pic.png': words });
    build();
  }
  assert.ok(existsSync(join(out, first)), 'the release before is there');
  assert.ok(!existsSync(join(out, picture)), 'of one version no more is kept than of several');
  assert.match(build().stderr, /is up to date/);
  assert.equal(keepfresh('build', src, '--out', out, '--keep', '1', '--check').status, 0);
  assert.equal(keepfresh('verify', out).status, 0);
  // With the next version these are one release, which has the place of one.
  put(src, { 'a.css': 'a{b:3}' });
  build();
  assert.ok(!existsSync(join(out, first)));
  assert.equal(keepfresh('verify', out).status, 0);
});

test('a file that only grew has deltas, in whatever codings there are', () => {
  const rules = (count) =>
    Array.from({ length: count }, (_, n) => `.c${n} { margin: ${(n * 7919) % 9973}px }\n`).join('');
  const src = put(join(folder, 'grown'), {
    'keepfresh.toml': '[headers]\ndictionaries = true\n',
    'index.html': '<!doctype html><link rel=stylesheet href=a.css>',
    'a.css': rules(14_000),
  });
  const out = `${src}-out`;
  built(src, out, '--keep', '1');
  put(src, { 'a.css': `${rules(14_000)}.c0 { margin: 1px }\n` });
  built(src, out, '--keep', '1');
  const { written } = JSON.parse(text(out, 'keepfresh.json'));
  assert.ok(Object.keys(written).some((name) => name.endsWith('.dcz')));
});

test('a link stays one, with a slash behind it as well', () => {
  const src = put(join(folder, 'linked'), { 'index.html': '<p>' });
  built(src, `${src}-real/dist`);
  symlinkSync(`${src}-real/dist`, `${src}-link`);
  for (const out of [`${src}-link`, `${src}-link/`]) {
    put(src, { 'index.html': `<p>${out.length}` });
    built(src, out);
    assert.equal(text(`${src}-real/dist`, 'index.html'), `<p>${out.length}`);
  }
});
