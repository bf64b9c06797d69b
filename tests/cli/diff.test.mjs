// What has changed between two built folders, and what it costs.

import assert from 'node:assert/strict';
import { brotliCompressSync } from 'node:zlib';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, put, text, partOf, urlOf } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('diff');
let count = 0;

/** Builds a site of these files; the folder that came of it. */
function release(files, ...options) {
  const src = put(join(folder, `src-${++count}`), files);
  built(src, `${src}-out`, ...options);
  return `${src}-out`;
}

/** Text that compresses a little, and differs by its seed. */
const lines = (seed, many) =>
  Array.from({ length: many }, (_, n) => `let a${n} = ${(n * n * 7919 + seed) % 99991};`).join('\n');

const page = (...scripts) =>
  `<!doctype html><title>Page</title>${scripts.map((src) => `<script src="${src}"></script>`).join('')}`;

const SITE = { 'index.html': page('js/a.js', 'js/b.js'), 'js/a.js': lines(1, 3000), 'js/b.js': lines(2, 500) };

const COLUMNS = ['whole', 'brotli', 'delta', 'workbox', 'keepfresh'];
const NOTHING = Object.fromEntries(COLUMNS.map((column) => [column, 0]));

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
  for (const column of COLUMNS) {
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
    renamed: { files: 0, ...NOTHING },
    fields: { files: 0, ...NOTHING },
    worker: NOTHING,
    total: NOTHING,
    update: false,
  });
  const { 'js/b.js': b, ...rest } = SITE;
  const two = release({
    ...rest,
    'index.html': page('js/a.js', 'js/c.js', 'js/new.js'),
    'js/c.js': b,
    'js/new.js': lines(9, 90),
  });
  const { changed, removed, renamed } = all(one, two);
  // The bytes of b.js are there already, whatever they are called now; Workbox goes by what they are called.
  const { workbox } = renamed;
  assert.deepEqual(renamed, { files: 1, ...NOTHING, workbox });
  assert.ok(workbox > 1000, `${workbox} bytes`);
  assert.equal(removed, 0, 'it has moved');
  assert.equal(all(two, release({ ...rest, 'index.html': page('js/a.js') })).removed, 2);
  const fresh = changed.find(({ url }) => url.includes('new'));
  assert.deepEqual([changed.length, fresh.from, fresh.delta], [2, undefined, fresh.brotli]);
});

test('what a bundler has named anew is no new file', () => {
  const [old, now] = ['assets/chunk-B4x9kQ2a.js', 'assets/chunk-C7mRt5Lz.js'];
  const one = release({ 'index.html': page(old), [old]: lines(5, 900) });
  const two = release({ 'index.html': page(now), [now]: `${lines(5, 900)}\nlet more;` }, '--against', one);
  const { changed } = JSON.parse(diff(one, two, '--json'));
  const { brotli, delta, from } = changed.find(({ url }) => url.includes('C7mRt5Lz'));
  assert.match(from, /chunk-B4x9kQ2a/);
  assert.ok(delta * 5 < brotli, `${delta} of ${brotli}`);
  assert.doesNotMatch(diff(one, two), /\(new\)/);
});

test('the last columns are what workers really fetch', () => {
  const many = Array.from({ length: 14 }, (_, n) => `js/${n}.js`);
  const site = (seed) => ({
    'index.html': page(...many),
    ...Object.fromEntries(many.map((path, n) => [path, lines(n + 2 + seed, 60)])),
  });
  const one = release(site(0));
  const fetched = (two) => JSON.parse(diff(one, two, '--json'));
  const by = (wanted, { changed }) => changed.filter(({ way }) => way === wanted);
  const sizeOf = (path, out) => readFileSync(join(out, path)).length;
  const sum = (all) => all.reduce((sum, { keepfresh }) => sum + keepfresh, 0);

  // All scripts are others: where there is no update the pack has them, and its bytes are counted once.
  for (const toml of ['', '[precache]\nlazy = ["js/**"]\n']) {
    const packed = release({ ...site(1000), 'keepfresh.toml': toml });
    const [pack, whole] = ['pack', 'whole'].map((way) => by(way, fetched(packed)));
    assert.deepEqual([pack.length, whole.map(({ url }) => url)], [14, ['']], toml);
    assert.equal(sum(pack), sizeOf(partOf(packed, 'pack.pack'), packed));
    assert.match(diff(one, packed), /offers no update from the old one/);
  }

  // With an update all of it comes in one file, with the list.
  const updated = release({ ...site(0), 'js/3.js': `${lines(5, 60)}\nlet more;` }, '--against', one);
  const told = fetched(updated);
  assert.deepEqual([told.update, by('update', told).length, told.changed.length], [true, 2, 2]);
  const file = sizeOf(updateOf(updated), updated);
  const rest = brotliCompressSync(text(updated, 'sw.js')).length;
  assert.ok(Math.abs(told.total.keepfresh - file - rest) < 20, `${told.total.keepfresh}, ${file} and ${rest}`);
  // Workbox: the two files, and a script with its list.
  assert.ok(told.total.workbox > 5253 + 2 * 100, `${told.total.workbox} bytes`);
  assert.equal(told.worker.workbox + told.changed.reduce((sum, one) => sum + one.workbox, 0), told.total.workbox);

  // Pages whose fields are others are fetched, though their bytes are the same.
  const elsewhere = release({ ...site(0), _headers: '/\n  X-Robots-Tag: none\n' }, '--against', one);
  const { fields, changed } = fetched(elsewhere);
  assert.deepEqual([changed.length, fields.files, fields.keepfresh > 0, fields.workbox], [0, 1, true, 0]);
});

/** The update that the worker of a release is told of. */
function updateOf(release) {
  const [, version, mark] = /"updates":"(\w+) \d+ (\w+)"/.exec(text(release, 'sw.js'));
  return `keepfresh/${version}.kf.${mark}.update`;
}

test('a picture is drawn of it', () => {
  const [one, two] = [release(SITE), release({ ...SITE, 'js/a.js': lines(5, 3000), 'js/<b>.js': lines(2, 9) })];
  const picture = join(folder, 'costs.svg');
  diff(one, two, '--picture', picture);
  const svg = text(folder, 'costs.svg');
  for (const said of [
    /^<svg/,
    /What a returning visitor downloads/,
    /bytes on the network/,
    /prefers-color-scheme: dark/,
    />\s*\/js\/a\.js\s*</,
    /Workbox \(estimate\)/,
    /<\/svg>\s*$/,
  ])
    assert.match(svg, said);
  for (const [file, said] of [
    ['costs.png', /--picture .*costs\.png: it is drawn as SVG; name a file that ends with \.svg/],
    ['nowhere/costs.svg', /--picture .*nowhere\/costs\.svg cannot be written/],
  ]) {
    const { status, stderr } = keepfresh('diff', one, two, '--picture', join(folder, file));
    assert.deepEqual([status, said.test(stderr), existsSync(join(folder, file))], [2, true, false], stderr);
  }
});

test('an update that is not what it should be is told of', () => {
  const one = release(SITE);
  for (const [spoil, said] of [
    [(place) => rmSync(place), /\.update cannot be read, though the worker is told of it/],
    [(place) => writeFileSync(place, '0 0 99999\n\n'), /\.update is damaged; build the release once more/],
  ]) {
    const two = release({ ...SITE, 'js/a.js': lines(7, 50) }, '--against', one);
    spoil(join(two, updateOf(two)));
    const { status, stderr } = keepfresh('diff', one, two);
    assert.deepEqual([status, said.test(stderr)], [2, true], stderr);
  }
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
