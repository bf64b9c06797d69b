// Small assets that are new: when they come with the update, made from one that stands beside them.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, partOf, put, text, urlOf } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('beside');
let count = 0;

/** Builds a site of these files; the folder that came of it. */
function release(files, ...options) {
  const src = put(join(folder, `site-${count++}`), files);
  built(src, `${src}-out`, ...options);
  return `${src}-out`;
}

const page = (paths) =>
  `<!doctype html><html lang="en">${paths.map((path) => `<script type="module" src="${path}"></script>`).join('')}</html>`;
const siteOf = (scripts, more = {}) => ({ 'index.html': page(Object.keys(scripts)), ...scripts, ...more });

/** What is of the release before, and what is new: there is next to nothing that they have in common. */
const BEFORE = { 'js/base.js': 'export const base = 1;' };
const AFTER = { ...BEFORE, 'js/job.js': 'onmessage = ({ data }) => postMessage(`${data} is done`);' };

/** The names of the update's files, as the worker of a release is told of them. */
function updateOf(out) {
  const [, version, mark] = /"updates":"(\w+) \d+ (\w+)"/.exec(text(out, 'sw.js'));
  return text(out, `keepfresh/${version}.kf.${mark}.update`);
}

/** The lines of the files that an update makes, and those of the files that it makes them from. */
const deltasOf = (out) =>
  updateOf(out)
    .split('\n\n', 1)[0]
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .filter(([line]) => line >= 0);

const listOf = (out) => text(out, partOf(out, 'list.txt')).trimEnd().split('\n');

/** Whether the update of a release makes the file at this path. */
const makes = (out, path) => {
  const line = listOf(out).findIndex((line) => line.startsWith(`${urlOf(out, path)}\t`));
  assert.ok(line >= 0, `${path} is in the list`);
  return deltasOf(out).some(([one]) => one === line);
};

const fieldsOf = (path) => `${path}\n  Cross-Origin-Embedder-Policy: require-corp\n`;

test('it is made from no file whose response says something else', () => {
  for (const [name, before, after, expected] of [
    ['nothing is said', {}, {}, true],
    ['the same of all', { _headers: fieldsOf('/*') }, { _headers: fieldsOf('/*') }, true],
    ['the same of both', { _headers: fieldsOf('/js/*') }, { _headers: fieldsOf('/js/*') }, true],
    ['of the new one alone', { _headers: fieldsOf('/js/job*') }, { _headers: fieldsOf('/js/job*') }, false],
    ['of the old one alone', { _headers: fieldsOf('/js/b*') }, { _headers: fieldsOf('/js/b*') }, false],
    ['with the host', ...Array(2).fill({ _headers: fieldsOf('https://a.example/js/job*') }), false],
    ['since this release', {}, { _headers: fieldsOf('/*') }, false],
    ['until this release', { _headers: fieldsOf('/*') }, {}, false],
    ['groups', ...Array(2).fill({ 'keepfresh.toml': '[headers.groups]\n"js/job*" = ["a"]\n' }), false],
    ['groups of both', ...Array(2).fill({ 'keepfresh.toml': '[headers.groups]\n"js/*" = ["a"]\n' }), true],
    [
      'in the language of a host',
      {},
      { 'vercel.json': '{"headers": [{"source": "/js/job(.*)", "headers": []}]}' },
      false,
    ],
    ['nothing in the language of a host', {}, { 'vercel.json': '{"cleanUrls": true}' }, true],
    ['by whom the build cannot ask', {}, { 'keepfresh.toml': '[precache]\npacks = false\n' }, false],
  ]) {
    const one = release(siteOf(BEFORE, before));
    const two = release(siteOf(AFTER, after), '--against', one);
    assert.equal(makes(two, 'js/job.js'), expected, name);
    assert.equal(keepfresh('verify', two).status, 0);
  }
});

test('nor is a file that is most like it, but is said something else of', () => {
  const long = Array.from({ length: 300 }, (_, n) => `let v${n} = ${(n * 7919) % 997};`).join('\n');
  for (const [_headers, expected] of [
    ['', true],
    [fieldsOf('/js/job*'), false],
  ]) {
    const one = release(siteOf({ 'js/base.js': long }, { _headers }));
    const two = release(
      siteOf({ 'js/base.js': 'let other', 'js/job.js': `${long}\nlet more;` }, { _headers }),
      '--against',
      one,
    );
    assert.equal(makes(two, 'js/job.js'), expected, _headers);
  }
});

test('what visitors may never ask for does not come along, nor is anything made from what they may not have', () => {
  for (const [before, after, expected] of [
    ['', '', true],
    ['', 'lazy = ["js/job.js"]', false],
    ['', 'optional = ["js/job.js"]', false],
    ['lazy = ["js/base.js"]', '', false],
    ['optional = ["js/base.js"]', '', false],
  ]) {
    const toml = (lines) => ({ 'keepfresh.toml': `[precache]\n${lines}\n` });
    const one = release(siteOf(BEFORE, toml(before)));
    const two = release(siteOf(AFTER, toml(after)), '--against', one);
    assert.equal(makes(two, 'js/job.js'), expected, `${before} ${after}`);
  }
});

test('an update brings no more of them than it takes a moment to download', () => {
  const noise = (n) => createHash('shake256', { outputLength: 1800 }).update(`${n}`).digest('hex');
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [`js/${n}.js`, `export default "${noise(n)}";`]),
  );
  const one = release(siteOf(BEFORE));
  const two = release(siteOf({ ...BEFORE, ...many }), '--against', one);
  const sum = deltasOf(two).reduce((sum, [, , bytes]) => sum + bytes, 0);
  assert.ok(sum > 250_000 && sum < 270_000, `${sum} bytes`);
});

test('nor does it stay so in a release that is built again, once the site says that it may not', () => {
  for (const [more, expected] of [
    [{}, true],
    [{ 'keepfresh.toml': '[precache]\npacks = false\n' }, false],
    [{ _headers: fieldsOf('/js/job*') }, false],
  ]) {
    const src = put(join(folder, `site-${count++}`), siteOf(BEFORE));
    const build = () => built(src, `${src}-out`, '--keep', '2');
    build();
    put(src, siteOf(AFTER));
    build();
    assert.equal(makes(`${src}-out`, 'js/job.js'), true);
    put(src, more);
    build();
    assert.equal(makes(`${src}-out`, 'js/job.js'), expected, Object.keys(more).join());
  }
});

test('`diff` calls them new', () => {
  const one = release(siteOf(BEFORE));
  const two = release(siteOf(AFTER), '--against', one);
  const { changed } = JSON.parse(keepfresh('diff', one, two, '--json').stdout);
  const { from, way, brotli, delta } = changed.find(({ url }) => url.includes('job'));
  assert.deepEqual([from, way, delta], [undefined, 'update', brotli]);
  assert.match(keepfresh('diff', one, two).stdout, /job\.kf\.\w+\.js \(new\)/);
});
