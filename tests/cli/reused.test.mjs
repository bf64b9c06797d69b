// Names that bundlers have given to other bytes in an earlier release, which others keep for a year.

import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, put, text } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('reused');
let count = 0;
const site = (files) => put(join(folder, `${++count}`), files);

test('a name that a bundler seems to have made, with other bytes than before, gets another one', () => {
  const src = site({
    'index.html': '<script src=assets/a-B4x9kQ2a.js></script><link rel=stylesheet href=assets/b-C5y0lR3b.css>',
    'assets/a-B4x9kQ2a.js': '1',
    'assets/b-C5y0lR3b.css': '',
    'assets/b-C5y0lR3b.css.map': '{}',
  });
  built(src, `${src}-out`);
  // A source map may change while what it is for does not.
  put(src, { 'assets/b-C5y0lR3b.css.map': '{"x": 1}' });
  built(src, `${src}-out`, '--strict');
  const before = text(`${src}-out`, 'keepfresh.json');
  put(src, { 'assets/a-B4x9kQ2a.js': '2' });
  const others = (options) => {
    const to = options[1];
    const { status, stderr } = keepfresh('build', src, ...options);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /note: assets\/a-B4x9kQ2a\.js: its name stood for other bytes in an earlier release/);
    assert.equal(stderr.split('stood for other').length, 2, stderr);
    assert.match(text(to, 'index.html'), /a-B4x9kQ2a\.kf\.\w+\.js[ >].*assets\/b-C5y0lR3b\.css/);
    assert.match(keepfresh('verify', to, '--against', `${src}-first`).stderr, /is whole/);
  };
  cpSync(`${src}-out`, `${src}-first`, { recursive: true });
  others(['--out', `${src}-other`, '--against', `${src}-first`]);
  others(['--out', `${src}-other`, '--previous', `${src}-first`, '--keep', '2']);
  others(['--out', `${src}-other`, '--against', `${src}-first`, '--integrity', 'sha512']);
  others(['--out', `${src}-out`]);
  // Whoever has kept what it stood for has it for a year, whatever becomes of the release in between; the same files give the same.
  const now = text(`${src}-out`, 'keepfresh.json');
  assert.equal(keepfresh('build', src, '--out', `${src}-out`, '--check').status, 0);
  others(['--out', `${src}-out`, '--no-cache']);
  assert.equal(text(`${src}-out`, 'keepfresh.json'), now);
  put(src, { 'assets/a-B4x9kQ2a.js': '3' });
  others(['--out', `${src}-out`]);
  others(['--out', `${src}-out`, '--integrity', 'sha384', '--no-cache']);
  // What was promised is as good as ever, in digests of another function, too.
  put(src, { 'assets/a-B4x9kQ2a.js': '1' });
  built(src, `${src}-out`, '--strict', '--integrity', 'sha384');
  assert.match(text(`${src}-out`, 'index.html'), /assets\/a-B4x9kQ2a\.js/);
  assert.equal(text(`${src}-first`, 'keepfresh.json'), before);
});

test('a name that has to stay, with other bytes than before, is refused', () => {
  const src = site({
    'index.html': '<script src=assets/a-B4x9kQ2a.js></script><link rel=stylesheet href=assets/b-C5y0lR3b.css>',
    'assets/a-B4x9kQ2a.js': '1',
    'assets/b-C5y0lR3b.css': '',
  });
  built(src, `${src}-out`);
  const before = text(`${src}-out`, 'keepfresh.json');
  put(src, { 'assets/a-B4x9kQ2a.js': '2' });
  put(src, { 'keepfresh.toml': '[names]\nkeep = ["assets/a-*"]' });
  const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
  assert.equal(status, 1);
  assert.match(stderr, /a-B4x9kQ2a\.js.*this name stood for other bytes[^]*help: let it have another name/);
  assert.equal(text(`${src}-out`, 'keepfresh.json'), before);
  put(src, { 'keepfresh.toml': '[names]\nkeep = ["assets/a-*"]\n[severity]\nreused = "note"' });
  built(src, `${src}-other`, '--previous', `${src}-out`);
  // Whether source maps are made is nothing that whoever runs the old bytes could tell.
  put(src, { 'keepfresh.toml': '[names]\nkeep = ["assets/a-*"]' });
  put(src, { 'assets/a-B4x9kQ2a.js': '1\n//# sourceMappingURL=a-B4x9kQ2a.js.map\n' });
  cpSync(`${src}-out`, `${src}-first`, { recursive: true });
  const commented = keepfresh('build', src, '--out', `${src}-out`);
  assert.match(commented.stderr, /note: assets\/a-B4x9kQ2a\.js.*stood for other bytes.*; no code is another/);
  assert.equal(commented.status, 0);
  // But where pages give digests nobody runs them.
  const checked = keepfresh(
    'build',
    src,
    '--out',
    `${src}-other`,
    '--previous',
    `${src}-first`,
    '--integrity',
    'sha384',
  );
  assert.match(checked.stderr, /error: assets\/a-B4x9kQ2a\.js.*stood for other bytes/);
});
