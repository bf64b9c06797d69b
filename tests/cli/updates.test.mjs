// What a build offers to workers beside the files themselves: packs, updates, and deltas for hosts that negotiate.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, namesIn, ownFolder, put, text, urlOf } from './folder.mjs';
import { keepfresh, PROGRAM } from './run.mjs';

const folder = ownFolder();
let count = 0;
const site = (files) => put(join(folder, `site-${count++}`), files);

const lines = (seed, length = 300) => Array.from({ length }, (_, n) => `let v${n} = ${(n * seed) % 997};`).join('\n');
const page = (paths) =>
  `<!doctype html><html lang="en">${paths.map((path) => `<script src="${path}"></script>`)}</html>`;
const many = (length) => Array.from({ length }, (_, n) => `js/${n}.js`);
const siteOf = (paths) => ({
  'index.html': page(paths),
  ...Object.fromEntries(paths.map((path, n) => [path, lines(n + 3)])),
});

const options = (out) => JSON.parse(/^self\.keepfreshOptions=(.*);$/m.exec(text(out, 'sw.js'))[1]);
const offers = (out) => namesIn(join(out, 'keepfresh')).filter((name) => /\.(dc[bz]|pack|update)$/.test(name));

test('packs hold small assets, where there are many', () => {
  for (const [files, toml, packs] of [
    [siteOf(many(11)), '', 0],
    [siteOf(many(12)), '', 1],
    [siteOf(many(12)), '[precache]\npacks = false\n', 0],
    // Of two megabytes not all goes into one.
    [Object.fromEntries(Object.entries(siteOf(many(14))).map(([path, code]) => [path, code.padEnd(160_000)])), '', 3],
    [{ ...siteOf(many(12)), 'js/3.js': `"${'x'.repeat(300_000)}"` }, '', 0],
  ]) {
    const src = site({ ...files, 'keepfresh.toml': toml });
    built(src, `${src}-out`);
    const lines = options(`${src}-out`).packs?.split('\n') ?? [];
    assert.equal(lines.length, packs, `${Object.keys(files).length} files ${toml}`);
    assert.equal(offers(`${src}-out`).length, packs);
    for (const line of lines) {
      const [name, size] = line.split(' ');
      const bytes = readFileSync(join(`${src}-out`, `keepfresh/pack.kf.${name}.pack`));
      assert.equal(bytes.length, Number(size));
      assert.ok(createHash('sha256').update(bytes).digest('hex').startsWith(name));
    }
    assert.equal(keepfresh('verify', `${src}-out`).status, 0);
  }
});

test('updates lead from the releases that are kept, and from those that are named', () => {
  const src = site(siteOf(many(3)));
  const out = `${src}-out`;
  const build = (seed, ...options) => {
    put(src, { 'js/1.js': `${lines(4)}\nlet more = ${seed};` });
    return built(src, out, ...options);
  };
  build(1);
  const first = options(out).version;
  build(2);
  assert.deepEqual(offers(out), [], 'nothing is kept');
  built(src, `${out}-2`);
  const second = options(out).version;
  build(3, '--keep', '2');
  assert.deepEqual(versions(out), [second]);
  assert.ok(!versions(out).includes(first));
  build(4, '--keep', '2');
  assert.equal(versions(out).length, 2);
  const before = versions(out);
  built(src, out, '--keep', '2', '--no-static-routes');
  assert.deepEqual(versions(out), before, 'built once more, it leads from the same releases');
  build(5, '--against', `${out}-2`);
  assert.deepEqual(versions(out), [second]);
  for (const line of options(out).updates.split('\n')) {
    const [, size] = line.split(' ');
    const update = readFileSync(join(out, updateName(line)));
    assert.equal(update.length, Number(size));
    assert.ok(update.length < 400, `${update.length} bytes`);
  }
  assert.equal(keepfresh('verify', out).status, 0);
});

/** What the update is called that a line of the worker's options speaks of. */
const updateName = (line) => line.replace(/(\w+) \d+ (\w+)/, 'keepfresh/$1.kf.$2.update');

const versions = (out) =>
  options(out)
    .updates?.split('\n')
    .map((line) => line.split(' ')[0]) ?? [];

/** Text that is like no other, with a word changed if somebody wants it. */
const unlike = (seed, change = '') =>
  Array.from(
    { length: 600 },
    (_, n) => `let v${n} = "${createHash('sha1').update(`${seed} ${n}`).digest('hex')}${n === 300 ? change : ''}";`,
  ).join('\n');
const html = (seed, change) => `<!doctype html><title>${seed}</title><p>${unlike(seed, change)}</p>`;

test('a file is made from the old one that is most like it, whatever their names are', () => {
  for (const [name, before, after] of [
    [
      'names that were swapped',
      { 'a.js': unlike(1), 'b.js': unlike(2) },
      { 'a.js': unlike(2, 1), 'b.js': unlike(1, 1) },
    ],
    [
      'numbers that have moved on by one',
      { '1.js': unlike(1), '2.js': unlike(2), '3.js': unlike(3) },
      { '1.js': 'let first', '2.js': unlike(1, 1), '3.js': unlike(2, 1), '4.js': unlike(3, 1) },
    ],
    ['a script that is a module now', { 'a.js': unlike(1) }, { 'a.mjs': unlike(1, 1) }],
    ['a page that has a folder now', { 'about.html': html(1) }, { 'about/index.html': html(1, 1) }],
    ['a folder with a dot', { 'v1.2/index.html': html(1) }, { 'v1.3/index.html': html(1, 1) }],
  ]) {
    const scripts = (files) => Object.keys(files).filter((path) => !path.endsWith('html'));
    const src = site({ 'index.html': page(scripts(before)), ...before });
    const next = site({ 'index.html': page(scripts(after)), ...after });
    built(src, `${src}-out`);
    built(next, `${next}-out`, '--against', `${src}-out`);
    const [line] = options(`${next}-out`).updates.split('\n');
    assert.ok(Number(line.split(' ')[1]) < 1000, `${name}: ${line}`);
    assert.equal(keepfresh('verify', `${next}-out`).status, 0);
  }
});

test('small assets come with the update, even if there is nothing that they could be made from', () => {
  const chunks = (seed) => Object.fromEntries(many(9).map((path) => [path, `export default ${path.length * seed};`]));
  const of = (more) => site({ 'index.html': page(Object.keys(more)), ...more });
  const src = of({ 'js/0.js': lines(3), 'a.svg': '<svg/>' });
  const next = of({
    ...chunks(7),
    'a.css': 'a { color: red }',
    'js/large.js': unlike(1),
    'index.html': page([...many(9), 'js/large.js', 'a.css']),
  });
  built(src, `${src}-out`);
  built(next, `${next}-out`, '--against', `${src}-out`);
  const [line] = options(`${next}-out`).updates.split('\n');
  const made = text(`${next}-out`, updateName(line)).split('\n\n', 1)[0].split('\n');
  // The list and the chunks. Of style sheets there were none, and the page has little of the other.
  assert.equal(made.length, 1 + 9, made.join(', '));
  assert.equal(keepfresh('verify', `${next}-out`).status, 0);
});

test('a release whose list is damaged is none', () => {
  const src = site(siteOf(many(2)));
  const [first, second] = [`${src}-first`, `${src}-second`];
  built(src, first);
  const name = namesIn(join(first, 'keepfresh')).find((name) => /^list/.test(name));
  const list = join(first, 'keepfresh', name.replace('X', options(first).version));
  writeFileSync(list, readFileSync(list, 'utf8').replaceAll('\n', '\r\n'));
  const { status, stderr } = keepfresh('build', src, '--out', second, '--against', first);
  assert.deepEqual([status, stderr.includes('there is no release in it')], [2, true], stderr);
});

test('a release that is named has its pages, whatever else is remembered of it', () => {
  const src = site({ 'index.html': html(1), 'about.html': html(2) });
  const out = `${src}-out`;
  built(src, `${src}-first`);
  built(src, out, '--keep', '2');
  for (const change of [1, 2]) {
    put(src, { 'index.html': html(1, change), 'about.html': html(2, change) });
    built(src, out, '--keep', '2', '--against', `${src}-first`, '--no-cache');
  }
  assert.equal(versions(out).length, 2);
  for (const line of options(out).updates.split('\n')) {
    const update = text(out, updateName(line));
    assert.equal(update.split('\n\n', 1)[0].split('\n').length, 3, 'the list and both pages');
  }
});

test('a release that is built again offers what it did, or has other names for other bytes', () => {
  const src = site({ 'index.html': html(1), 'js/1.js': lines(4) });
  const out = `${src}-out`;
  const offered = () => {
    const names = readdirSync(join(out, 'keepfresh')).filter((name) => /\.kf\..*\.(dc[bz]|pack|update)$/.test(name));
    return new Map(names.map((name) => [name, readFileSync(join(out, 'keepfresh', name), 'latin1')]));
  };
  built(src, out, '--keep', '1');
  put(src, { 'index.html': html(1, 1), 'js/1.js': `${lines(4)}\nlet more;` });
  built(src, out, '--keep', '1');
  const before = offered();
  // The page of the release before lies nowhere any more: what was made from it is taken as it is.
  assert.equal(keepfresh('build', src, '--out', out, '--keep', '1', '--no-cache', '--check').status, 0);
  built(src, out, '--keep', '1', '--no-cache');
  assert.deepEqual(offered(), before);
  const update = [...before.keys()].find((name) => name.endsWith('.update'));
  writeFileSync(join(out, 'keepfresh', update), 'damaged');
  built(src, out, '--keep', '1', '--no-cache');
  const after = offered();
  assert.ok(!after.has(update));
  for (const [name, bytes] of after) assert.equal(before.get(name) ?? bytes, bytes, name);
  assert.equal(keepfresh('verify', out).status, 0);
});

test('what one build was told to look at is not what the next one finds', () => {
  const src = site(siteOf(many(2)));
  built(src, `${src}-first`);
  put(src, { 'js/1.js': `${lines(4)}\nlet more;` });
  built(src, `${src}-out`, '--against', `${src}-first`);
  assert.equal(versions(`${src}-out`).length, 1);
  built(src, `${src}-out`);
  assert.equal(versions(`${src}-out`).length, 0);
});

test('what is named as an earlier release has to be one', () => {
  const src = site(siteOf(many(2)));
  const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`, '--against', join(src, 'js'));
  assert.equal(status, 2);
  assert.match(stderr, /--against .*js: there is no release in it; name a folder/);
});

/** The setting with which browsers are told that files may serve as dictionaries. */
const DICTIONARIES = { 'keepfresh.toml': '[headers]\ndictionaries = true\n' };

test('what an earlier release has lost, or has damaged, is told', () => {
  const src = site(siteOf(many(3)));
  built(src, `${src}-old`);
  const old = (path) => join(`${src}-old`, urlOf(`${src}-old`, path));
  writeFileSync(old('js/0.js'), 'half');
  rmSync(old('js/1.js'));
  const told = (seed) => {
    for (const n of [0, 1, 2]) put(src, { [`js/${n}.js`]: `${lines(n + 3)}\nlet more = ${seed};` });
    const { stdout } = built(src, `${src}-out`, '--json', '--against', `${src}-old`);
    return JSON.parse(stdout).findings.map(({ code, path }) => `${code} ${path.replace(/kf\.\w+/, 'kf.X')}`);
  };
  assert.deepEqual(told(1), ['missing-file js/0.kf.X.js', 'missing-file js/1.kf.X.js']);
  const deltas = offers(`${src}-out`).filter((name) => name.endsWith('.dcz'));
  assert.equal(deltas.length, 2, 'of a script and the page: what is there is of use all the same');
});

test('deltas in Brotli are there for browsers that keep dictionaries, where they are smaller', () => {
  const data = JSON.stringify(lines(7));
  for (const [files, codings] of [
    [{}, ['dcz', 'dcz', 'dcz']],
    [DICTIONARIES, ['dcb', 'dcz', 'dcz', 'dcz']],
  ]) {
    const src = site({ ...siteOf(many(2)), 'data.svg': `<svg><desc>${data}</desc></svg>`, ...files });
    put(src, { 'index.html': `${page(many(2))}<img src="data.svg" alt="">` });
    const out = `${src}-out`;
    built(src, out, '--keep', '1');
    // A script, a picture and the page that names them.
    put(src, { 'js/1.js': `${lines(4)}\nlet more;`, 'data.svg': `<svg><desc>${data}!</desc></svg>` });
    built(src, out, '--keep', '1');
    const ends = () => offers(out).flatMap((name) => /dc[bz]$/.exec(name)?.[0] ?? []);
    assert.deepEqual(ends().sort(), codings);
    const names = readdirSync(join(out, 'keepfresh'));
    for (const name of names.filter((name) => name.endsWith('dcb'))) {
      const [dcb, dcz] = ['dcb', 'dcz'].map((end) => readFileSync(join(out, 'keepfresh', name.replace(/dcb$/, end))));
      assert.ok(dcb.length < dcz.length, `${dcb.length} < ${dcz.length}`);
      assert.equal(dcb.subarray(0, 4).toString('hex'), 'ff444342');
      assert.deepEqual(dcb.subarray(4, 36), dcz.subarray(8, 40));
    }
    const planned = text(out, '.keepfresh/upload.json');
    for (const name of names.filter((name) => /dc[bz]$/.test(name))) assert.ok(planned.includes(name), name);
    assert.equal(keepfresh('verify', out).status, 0);
  }
});

test('what is damaged of these is found', () => {
  for (const kind of ['dcb', 'dcz', 'update', 'pack']) {
    const src = site({ ...siteOf(many(12)), ...DICTIONARIES });
    const out = `${src}-out`;
    built(src, out, '--keep', '1');
    put(src, { 'js/1.js': `${lines(4)}\nlet more;` });
    built(src, out, '--keep', '1');
    const name = Object.keys(JSON.parse(text(out, 'keepfresh.json')).written).find((path) => path.endsWith(kind));
    writeFileSync(join(out, name), 'x');
    const { status, stderr } = keepfresh('verify', out);
    assert.deepEqual([status, stderr.includes(name)], [1, true], stderr);
  }
});

test('a browser that has the old file is sent the delta (RFC 9842)', async (t) => {
  const src = site({ ...siteOf(many(2)), ...DICTIONARIES });
  const out = `${src}-out`;
  built(src, out, '--keep', '1');
  const old = createHash('sha256')
    .update(readFileSync(join(out, urlOf(out, 'js/1.js'))))
    .digest('base64');
  put(src, { 'js/1.js': `${lines(4)}\nlet more;` });
  built(src, out, '--keep', '1');
  const serving = spawn(PROGRAM, ['serve', out, '--port', '0']);
  t.after(() => serving.kill());
  const [address] = await new Promise((resolve) =>
    serving.stdout.once('data', (data) => resolve(String(data).split('\n'))),
  );
  const fetched = (path, headers) =>
    new Promise((resolve, reject) => {
      const request = get(`${address}${path}`, { headers }, async (response) => {
        const chunks = await all(response);
        resolve({ headers: response.headers, bytes: Buffer.concat(chunks) });
      });
      request.on('error', reject);
    });
  const path = urlOf(out, 'js/1.js');
  for (const [headers, encoding] of [
    [{ 'accept-encoding': 'gzip, br, dcz', 'available-dictionary': `:${old}:` }, 'dcz'],
    [{ 'accept-encoding': 'gzip, br, zstd, dcz, dcb', 'available-dictionary': `:${old}:` }, 'dcb'],
    [{ 'accept-encoding': 'dcz, dcb;q=0', 'available-dictionary': `:${old}:` }, 'dcz'],
    [{ 'accept-encoding': 'dcb', 'available-dictionary': `:${old}:` }, 'dcb'],
    [{ 'accept-encoding': 'dcb', 'available-dictionary': `:${old.replace(/^../, '//')}:` }, undefined],
    [{ 'accept-encoding': 'gzip, br', 'available-dictionary': `:${old}:` }, undefined],
    [{ 'accept-encoding': 'dcz', 'available-dictionary': `:${old.replace(/^../, '//')}:` }, undefined],
    [{ 'accept-encoding': 'dcz', 'available-dictionary': 'nonsense' }, undefined],
    [{ 'accept-encoding': 'dcz' }, undefined],
  ]) {
    const { headers: answered, bytes } = await fetched(path, headers);
    assert.equal(answered['content-encoding'], encoding, JSON.stringify(headers));
    assert.equal(answered['content-type'].split(';')[0], 'text/javascript');
    // Said of the file as it is, too, and only once.
    assert.equal(answered.vary.match(/available-dictionary/gi)?.length, 1, answered.vary);
    if (encoding) {
      const start = encoding === 'dcb' ? 4 : 8;
      assert.ok(bytes.length < 200, `${bytes.length} bytes`);
      assert.equal(bytes.subarray(start, start + 32).toString('base64'), old);
    } else {
      assert.equal(String(bytes), text(out, path));
    }
  }
});

async function all(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}
