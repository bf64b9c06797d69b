// Where a site stands on its host, and where its build is written.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, put, urlOf } from './folder.mjs';
import { keepfresh, PROGRAM } from './run.mjs';

const folder = ownFolder('places');
let count = 0;
const site = (files) => put(join(folder, `src-${++count}`), files);
const SITE = { 'index.html': '<!doctype html><link rel=stylesheet href=a.css>', 'a.css': 'a{}' };

test('a path that is none, or that not everybody reads alike, is refused', () => {
  const src = site(SITE);
  for (const base of ['./', '../app/', '/a/../b/', '/caf%C3%A9/', '/café/', 'https://x.example/', '/a b/']) {
    const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`, '--base', base);
    assert.deepEqual([status, stderr.match(/write for example \/app\//)?.length], [2, 1], `${base}: ${stderr}`);
  }
});

test('a site under a path is served there, and what hosts keep to themselves is not', async (t) => {
  const src = site({
    ...SITE,
    'docs/index.html': '<p>',
    'docs/ü b/index.html': '<p>',
    'docs/both.html': '<p>',
    'docs/both/x.txt': '',
  });
  built(src, `${src}-out`, '--base', '/app/');
  const serving = spawn(PROGRAM, ['serve', `${src}-out`]);
  t.after(() => serving.kill());
  const url = await new Promise((resolve) => serving.stdout.once('data', (line) => resolve(String(line).trim())));
  assert.match(url, /\/app\/$/);
  const asset = new URL(urlOf(`${src}-out`, 'a.css'), url);
  assert.match((await fetch(asset)).headers.get('cache-control'), /immutable/);
  const cases = [
    ['', 200],
    ['a.css', 200],
    ['../a.css', 404],
    ['a'.repeat(300), 404],
    ['a/'.repeat(2000), 404],
    ['_headers', 404],
    ['%5fheaders', 404],
    ['.keepfresh/upload.json', 404],
    ['%2ekeepfresh/upload.json', 404],
    ['/app//.keepfresh/upload.json', 404],
    ['/app', 200],
    ['/', 200],
    ['docs/both', 200],
    ['docs/both/', 404],
  ];
  for (const [path, status] of cases) assert.equal((await fetch(new URL(path, url))).status, status, path);
  const redirects = [
    ['docs', '/app/docs/'],
    ['docs?a=b', '/app/docs/?a=b'],
    ['docs/ü b', '/app/docs/%C3%BC%20b/'],
    ['/app//docs', '/app/docs/'],
    ['/app', '/app/'],
  ];
  for (const [path, location] of redirects) {
    const { status, headers } = await fetch(new URL(path, url), { redirect: 'manual' });
    assert.deepEqual([status, headers.get('location')], [307, location], path);
  }
});

test('ranges are of the bytes that are meant, and errors are not kept', async (t) => {
  const src = site({ ...SITE, 'a.txt': '0123456789', 'none.txt': '', '404.html': '<p>not here' });
  built(src, `${src}-out`);
  const serving = spawn(PROGRAM, ['serve', `${src}-out`]);
  t.after(() => serving.kill());
  const url = await new Promise((resolve) => serving.stdout.once('data', (line) => resolve(String(line).trim())));
  const ask = async (path, headers, method) => {
    const response = await fetch(new URL(path, url), { headers, method });
    return [response.status, await response.text(), response.headers];
  };
  const etag = (await ask('a.txt', {}))[2].get('etag');
  const cases = [
    ['a.txt', { range: 'bytes=2-3' }, 206, '23'],
    ['a.txt', { range: 'bytes=2-3', 'if-range': etag }, 206, '23'],
    ['a.txt', { range: 'bytes=2-3', 'if-range': '"old"' }, 200, '0123456789'],
    ['a.txt', { range: 'bytes=99-', 'if-range': '"old"' }, 200, '0123456789'],
    ['a.txt', { range: 'bytes=99-' }, 416, ''],
    ['a.txt', { range: 'bytes=-2' }, 206, '89'],
    ['a.txt', { range: 'bytes=-99' }, 200, '0123456789'],
    ['a.txt', { range: 'bytes=-0' }, 416, ''],
    ['a.txt', { range: 'bytes=0-1,4-5' }, 200, '0123456789'],
    ['a.txt', { range: 'items=0-1' }, 200, '0123456789'],
    ['none.txt', { range: 'bytes=0-' }, 200, ''],
    ['nothing', { range: 'bytes=0-2' }, 404, '<p>not here'],
    ['nothing', { 'if-none-match': '*' }, 404, '<p>not here'],
  ];
  for (const [path, headers, ...expected] of cases)
    assert.deepEqual((await ask(path, headers)).slice(0, 2), expected, `${path} ${JSON.stringify(headers)}`);
  const [status, , same] = await ask('a.txt', { 'if-none-match': etag });
  assert.deepEqual([status, same.get('vary')], [304, (await ask('a.txt', {}))[2].get('vary')]);
  const asset = urlOf(`${src}-out`, 'a.txt');
  const kept = async (...asked) => (await ask(...asked))[2].get('cache-control');
  assert.match(await kept(asset, {}), /immutable/);
  assert.equal(await kept(asset, { range: 'bytes=99-' }), null);
  assert.equal(await kept(asset, {}, 'POST'), null);
  assert.equal((await ask(asset, {}, 'POST'))[2].get('allow'), 'GET, HEAD');
  const [whole, , fields] = await ask('a.txt', { range: 'bytes=2-3' }, 'HEAD');
  assert.deepEqual([whole, fields.get('content-length'), fields.get('content-range')], [200, '10', null]);
});

test('an output that is a link stays one', () => {
  const src = site(SITE);
  mkdirSync(`${src}-real`);
  symlinkSync(`${src}-real`, `${src}-out`);
  built(src, `${src}-out`);
  assert.ok(lstatSync(`${src}-out`).isSymbolicLink());
  assert.ok(existsSync(join(`${src}-real`, 'keepfresh.json')));
});
