// What lies where a build writes, and is somebody else's: it stays as it is.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { built, namesIn, ownFolder, put, text } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('losses');
let count = 0;
const SITE = { 'index.html': '<!doctype html><link rel=stylesheet href=a.css>', 'a.css': 'a{}' };
const site = (files = SITE) => put(join(folder, `src-${++count}`), files);

describe('an output is not replaced', () => {
  const holds = /holds (\.git|\.svn|\.env), which keepfresh did not write, and a build replaces the whole folder/;
  const inside = /lies in .*, which a build replaces; name another folder with --out/;
  const cases = [
    // that holds              its files                   what is built       options                 message
    ['a repository', { '.git/HEAD': 'ref' }, (src) => src, () => [], holds],
    ['where that of a worktree is', { '.git': 'gitdir: x' }, (src) => src, () => [], holds],
    ['another one', { '.svn/entries': '12' }, (src) => src, () => [], holds],
    ['secrets', { '.env': 'x' }, (src) => src, () => [], holds],
    ['what is built', { 'src/index.html': 'x' }, (_, out) => join(out, 'src'), () => [], inside],
    ['what is built, as itself', {}, (_, out) => out, () => [], inside],
    ['an earlier release', { 'old/a.css': 'x' }, (src) => src, (out) => ['--against', join(out, 'old')], inside],
    ['the last release', { 'old/a.css': 'x' }, (src) => src, (out) => ['--previous', join(out, 'old')], inside],
    ['the cache', {}, (src) => src, (out) => ['--cache', join(out, 'a/cache')], inside],
  ];
  for (const [name, files, what, options, message] of cases) {
    test(`that holds ${name}`, () => {
      const src = site();
      const out = `${src}-out`;
      built(src, out);
      put(out, files);
      put(src, { 'a.css': 'b{}' });
      for (const mode of [[], ['--no-cache'], ['--dry-run'], ['--check']]) {
        const wanted = mode[0] === '--no-cache' ? [] : options(out);
        if (mode[0] === '--no-cache' && options(out).length > 0) continue;
        const { status, stdout, stderr } = keepfresh('build', what(src, out), '--out', out, ...mode, ...wanted);
        assert.deepEqual([status, stdout], [2, ''], mode.join());
        assert.match(stderr, message);
      }
      for (const [path, content] of Object.entries(files)) assert.equal(text(out, path), content);
      assert.equal(text(out, 'a.css'), 'a{}');
    });
  }

  test('through a link to what is in it', () => {
    const src = site();
    const out = `${src}-out`;
    built(src, out);
    put(out, { 'src/index.html': 'x' });
    symlinkSync(join(out, 'src'), `${src}-link`);
    assert.match(keepfresh('build', `${src}-link`, '--out', out).stderr, inside);
  });

  test('unless it is ours, or what every folder gets', () => {
    const src = site({ ...SITE, '.well-known/x': '', '.nojekyll': '', '.htaccess': '' });
    const out = `${src}-out`;
    const options = ['--host', 'apache,nginx,caddy,netlify', '--keep', '1', '--compress', 'br'];
    mkdirSync(out);
    for (const css of ['a{}', 'b{}', 'c{}']) {
      put(src, { 'a.css': css });
      built(src, out, ...options);
      put(out, { '.DS_Store': '', '.nojekyll': '' });
    }
    assert.equal(text(out, 'a.css'), 'c{}');
  });
});

describe('earlier releases', () => {
  test('lose what lies in a folder that is a file by now, and nothing else', () => {
    const src = site({ ...SITE, 'index.html': '<!doctype html><link rel=stylesheet href=x/y.css>', 'x/y.css': 'y{}' });
    const out = `${src}-out`;
    built(src, out, '--keep', '2');
    rmSync(join(src, 'x'), { recursive: true });
    put(src, { x: 'x', 'a.css': 'b{}' });
    const { stderr } = built(src, out, '--keep', '2');
    assert.match(stderr, /warning: x\/y\.kf\.[0-9a-f]+\.css.*what was a folder is a file by now[^:]*: it is left out/);
    assert.equal(namesIn(out).filter((name) => name === 'a.kf.X.css').length, 2);
    built(src, out, '--keep', '2');
    assert.equal(text(out, 'x'), 'x');
    assert.match(keepfresh('verify', out).stderr, /is whole/);
  });
});

test('earlier releases lose a file that is a folder by now', () => {
  const name = 'assets/a-B4x9kQ2a.js';
  const page = `<!doctype html><script type=module src=${name}></script>`;
  const src = site({ 'index.html': page, [name]: '', 'keepfresh.toml': '[names]\nhashed = ["assets/*.js"]\n' });
  const out = `${src}-out`;
  built(src, out, '--keep', '1');
  rmSync(join(src, name));
  put(src, { 'index.html': '<!doctype html>', [`${name}/y.css`]: 'y{}' });
  assert.match(built(src, out, '--keep', '1').stderr, /a-B4x9kQ2a\.js.*or the other way round: it is left out/);
  assert.match(keepfresh('verify', out).stderr, /is whole/);
});

test('a file with the name of a folder is told of', () => {
  const src = site({ ...SITE, '_headers/x.txt': 'x' });
  const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
  assert.equal(status, 2);
  assert.match(stderr, /_headers is a file, and _headers\/x\.txt lies in a folder of that name/);
});
