// What can be asked of `keepfresh build`: each option and setting, on a small site.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { built, namesIn, ownFolder, put, text, urlOf } from './folder.mjs';
import { keepfresh, PROGRAM } from './run.mjs';

const folder = ownFolder('options');
let count = 0;
const site = (files) => put(join(folder, `src-${++count}`), files);
const PAGE = '<!doctype html><link rel=stylesheet href=a.css><script src="a.js" defer></script>';
const SITE = { 'index.html': PAGE, 'a.css': 'a{}', 'a.js': `x = "${'y'.repeat(3000)}"` };
const hash = (name, bytes) => `${name}-${createHash(name).update(bytes).digest('base64')}`;

describe('names', () => {
  test('fingerprints have as many digits as are wanted', () => {
    const src = site({ ...SITE, 'keepfresh.toml': '[names]\ndigits = 8\n' });
    built(src, `${src}-out`);
    assert.match(urlOf(`${src}-out`, 'a.css'), /^a\.kf\.[0-9a-f]{8}\.css$/);
    put(src, { 'keepfresh.toml': '[names]\ndigits = 7\n' });
    const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
    assert.deepEqual([status, /names\.digits: a fingerprint has from 8 to 64 digits, not 7/.test(stderr)], [2, true]);
  });

  test('some files can be made to keep theirs', () => {
    const src = site({ ...SITE, 'keepfresh.toml': '[names]\nkeep = ["*.css"]\n' });
    built(src, `${src}-out`);
    assert.match(text(`${src}-out`, 'index.html'), /href=a\.css><script src="a\.kf\./);
  });

  test('what a bundler has named is not named twice, unless its bytes change', () => {
    const src = site({
      'index.html':
        '<script type=module src=assets/index-B4x9kQ2a.js></script><img src=logo.png><link rel=stylesheet href=assets/uses-C7kPq2Zd.css>',
      'assets/index-B4x9kQ2a.js': 'import "./part-DfT1WbcX.js"',
      'assets/part-DfT1WbcX.js': 'export {}',
      'assets/uses-C7kPq2Zd.css': 'a { background: url(../logo.png) }',
      'logo.png': 'png',
    });
    const { stderr } = built(src, `${src}-out`);
    assert.match(stderr, /2 named by a bundler/);
    assert.match(text(`${src}-out`, 'index.html'), /src=assets\/index-B4x9kQ2a\.js>.*src=logo\.kf\./);
    assert.match(text(`${src}-out`, '_headers'), /\/assets\/part-DfT1WbcX\.js\n {2}Cache-Control: .*immutable/);
    // It names a file that is renamed with its bytes, so its own name must change with them.
    assert.match(urlOf(`${src}-out`, 'assets/uses-C7kPq2Zd.css'), /uses-C7kPq2Zd\.kf\./);
    put(src, { 'keepfresh.toml': '[names]\nhashed = []\n' });
    built(src, `${src}-out`);
    assert.match(text(`${src}-out`, 'index.html'), /src=assets\/index-B4x9kQ2a\.kf\./);
  });
});

test('what a bundler lists in its manifest is believed', () => {
  const src = site({
    'index.html': '<script type=module src=assets/main-abcdefg1.js></script>',
    'assets/main-abcdefg1.js': '',
    '.vite/manifest.json': '{"src/main.ts": {"file": "assets/main-abcdefg1.js", "name": "main", "isEntry": true}}',
  });
  built(src, `${src}-out`);
  assert.match(text(`${src}-out`, 'index.html'), /src=assets\/main-abcdefg1\.js/);
  rmSync(join(src, '.vite'), { recursive: true });
  built(src, `${src}-out`);
  assert.match(text(`${src}-out`, 'index.html'), /src=assets\/main-abcdefg1\.kf\./);
});

test('what was compressed before does not hold what is put into files now', () => {
  const src = site({
    'index.html': '<img src=a.png>',
    'index.html.br': 'old',
    'a.png': '',
    'a.tar': '',
    'a.tar.gz': 'x',
  });
  built(src, `${src}-out`);
  const names = namesIn(`${src}-out`);
  assert.ok(!names.includes('index.html.br') && names.includes('a.tar.gz'), names.join(' '));
});

test('templates on the page for errors stay as they are', () => {
  const holes =
    '<a href="{{ url }}">a</a><img src="${x}.png"><a href="[[u]]">b</a><link rel=icon href=__PREFIX__/a.png>';
  const src = site({ ...SITE, '404.html': `<link rel=stylesheet href=a.css>${holes}` });
  built(src, `${src}-out`);
  assert.match(text(`${src}-out`, '404.html'), /^<link rel=stylesheet href=\/a\.kf\.[0-9a-f]{20}\.css>/);
  assert.ok(text(`${src}-out`, '404.html').endsWith(holes));
});

test('names that leave no room for a compressed form have none', () => {
  const long = (length) => `${'a'.repeat(length - 4)}.css`;
  const css = `a{}${' '.repeat(3000)}`;
  for (const length of [224, 226, 227, 228, 231, 251, 252, 253, 255]) {
    const src = site({ 'index.html': '', [long(length)]: css });
    built(src, `${src}-out`, '--compress', 'br,zstd,gzip');
    const names = namesIn(`${src}-out`);
    const hasSidecars = ['br', 'zst', 'gz'].map((extension) => names.includes(`${long(length)}.${extension}`));
    assert.deepEqual(hasSidecars, Array(3).fill(length <= 251), `${length} bytes`);
    const isNamed = names.some((name) => /^a+\.kf\./.test(name));
    assert.equal(isNamed, length <= 227, `${length} bytes`);
  }
});

test('earlier releases that are not there are missed', () => {
  const src = site(SITE);
  const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`, '--keep', '1', '--previous', `${src}-none`);
  assert.equal(status, 2);
  assert.match(stderr, /none\/keepfresh\.json cannot be read, so earlier releases would be lost/);
});

describe('digests in pages', () => {
  for (const name of ['sha256', 'sha384', 'sha512']) {
    test(name, () => {
      const src = site(SITE);
      built(src, `${src}-out`, '--integrity', name);
      const html = text(`${src}-out`, 'index.html');
      const css = hash(name, readFileSync(join(`${src}-out`, 'a.css')));
      const attributes = `integrity="${css}" crossorigin="anonymous"`;
      assert.ok(html.includes(`href=${urlOf(`${src}-out`, 'a.css')} ${attributes}>`), html);
      assert.match(html, /src="a\.kf\.[0-9a-f]{20}\.js" integrity="sha\d+-[^"]+" crossorigin="anonymous" defer>/);
      assert.equal(JSON.parse(text(`${src}-out`, 'keepfresh.json')).files['a.css'].integrity, css);
    });
  }

  test('stand beside names that a bundler has made, and not beside those that stay while bytes change', () => {
    const names = ['assets/index-B4x9kQ2a.js', 'assets/part-DfT1WbcX.css'];
    const page = `<link rel=stylesheet crossorigin href=${names[1]}><script type=module src="${names[0]}"></script>`;
    const src = site({
      'index.html': `<!doctype html>${page}<script src=kept.js></script>`,
      [names[0]]: 'export {}',
      [names[1]]: 'a {}',
      'kept.js': '1',
      'keepfresh.toml': '[names]\nkeep = ["kept.js"]\n',
    });
    built(src, `${src}-out`, '--integrity', 'sha384');
    const [js, css] = names.map((name) => `integrity="${hash('sha384', readFileSync(join(src, name)))}"`);
    const expected =
      `<link rel=stylesheet crossorigin href=${names[1]} ${css}>` +
      `<script type=module src="${names[0]}" ${js} crossorigin="anonymous"></script><script src=kept.js></script>`;
    assert.equal(text(`${src}-out`, 'index.html'), `<!doctype html>${expected}`);
    assert.equal(keepfresh('verify', `${src}-out`).status, 0);
  });
});

describe('an import map', () => {
  const MODULES = {
    'index.html': '<!doctype html><title>x</title>\n<script type=module src=js/app.js></script>',
    'js/app.js': 'import { b } from "./b.js"; import("./lazy.js"); new Worker(new URL("./w.js", import.meta.url))',
    'js/b.js': 'import "./app.js"; export const b = 1',
    'js/lazy.js': 'export {}',
    'js/w.js': 'import "./in-worker.js"',
    'js/in-worker.js': 'export {}',
  };

  test('spares modules from being renamed with what they import', () => {
    const src = site(MODULES);
    built(src, `${src}-out`, '--modules', 'import-map', '--base', '/app/');
    const app = urlOf(`${src}-out`, 'js/app.js');
    put(src, { 'js/lazy.js': 'export { }' });
    built(src, `${src}-out`, '--modules', 'import-map', '--base', '/app/');
    assert.equal(urlOf(`${src}-out`, 'js/app.js'), app);
    const html = text(`${src}-out`, 'index.html');
    const map = JSON.parse(/<script type="importmap">(.*)<\/script>\n<script type=module/.exec(html)[1]);
    const out = (path) => `/app/${urlOf(`${src}-out`, path)}`;
    assert.deepEqual(
      map.imports,
      Object.fromEntries(['app', 'b', 'lazy'].map((n) => [`/app/js/${n}.js`, out(`js/${n}.js`)])),
    );
    for (const [url, integrity] of Object.entries(map.integrity))
      assert.equal(integrity, hash('sha256', readFileSync(join(`${src}-out`, url.slice(5)))));
    // Maps do not apply in workers.
    assert.match(text(`${src}-out`, 'js/w.js'), /import "\.\/in-worker\.kf\./);
    assert.match(text(`${src}-out`, 'js/app.js'), /new URL\("\.\/w\.kf\./);
  });
});

test('an import map is in every page that may import, whatever it does that by', () => {
  const cases = [
    '<script>import("./js/app.js")</script>',
    '<script src=classic.js></script>',
    '<script type=application/javascript>import ("./js/app.js")</script>',
    '<button onclick="import(&quot;./js/app.js&quot;)">x</button>',
    '<script src=plain.js></script><script type=module src=js/app.js></script>',
  ];
  for (const page of cases) {
    const files = {
      'js/app.js': 'import "./b.js"',
      'js/b.js': '',
      'classic.js': 'import("./js/b.js")',
      'plain.js': '',
    };
    const src = site({ ...files, 'index.html': `<!doctype html><title>x</title>${page}` });
    built(src, `${src}-out`, '--modules', 'import-map');
    const html = text(`${src}-out`, 'index.html');
    assert.match(html, /<title>x<\/title><script type="importmap">.*"\/js\/b\.js":"\/js\/b\.kf\./, page);
  }
});

test('compressed forms stand beside files where they are smaller', () => {
  const src = site({ ...SITE, 'a.png': 'x'.repeat(3000), 'old.css': 'b{}', 'old.css.br': 'stale' });
  for (let n = 0; n < 2; n++) built(src, `${src}-out`, '--compress', 'br,zstd,gzip');
  const names = namesIn(`${src}-out`);
  for (const form of ['br', 'zst', 'gz']) {
    for (const name of ['a.js', 'a.kf.X.js', 'sw.js']) assert.ok(names.includes(`${name}.${form}`), `${name}.${form}`);
    for (const name of ['a.css', 'a.png', 'old.css']) assert.ok(!names.includes(`${name}.${form}`), `${name}.${form}`);
  }
  const read = (path) => readFileSync(join(`${src}-out`, path));
  assert.deepEqual(brotliDecompressSync(read('a.js.br')), read('a.js'));
  assert.deepEqual(gunzipSync(read('a.js.gz')), read('a.js'));
  assert.deepEqual(JSON.parse(text(`${src}-out`, 'keepfresh.json')).files['a.js'].encodings, ['br', 'zst', 'gz']);
  assert.equal(keepfresh('verify', `${src}-out`).status, 0);
});

describe('earlier releases', () => {
  test('stay as long as is wanted, and verify knows them', () => {
    const src = site(SITE);
    const urls = [];
    for (const [number, kept] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 3],
    ]) {
      put(src, { 'a.css': `a{b:${number}}` });
      built(src, `${src}-out`, '--keep', '2');
      urls.push(urlOf(`${src}-out`, 'a.css'));
      assert.equal(urls.filter((url) => existsSync(join(`${src}-out`, url))).length, kept);
      assert.equal(keepfresh('verify', `${src}-out`).status, 0);
    }
    assert.equal(text(`${src}-out`, urls[2]), 'a{b:3}');
    // A clean machine has the last release somewhere else.
    built(src, `${src}-new`, '--keep', '2', '--previous', `${src}-out`);
    assert.equal(text(`${src}-new`, urls[2]), 'a{b:3}');
    put(`${src}-out`, { [urls[2]]: 'damaged' });
    const { stderr } = built(src, `${src}-new2`, '--keep', '2', '--previous', `${src}-out`);
    assert.match(stderr, /warning: a\.kf\.[0-9a-f]+\.css.*but its bytes are not what they were: it is left out/);
    built(src, `${src}-out`);
    assert.ok(!existsSync(join(`${src}-out`, urls[2])));
  });
});

describe('what is known already is not done again', () => {
  const inode = (out, path) => statSync(join(out, path)).ino;

  test('an output that is as it should be is not touched', () => {
    const src = site(SITE);
    const out = `${src}-out`;
    built(src, out);
    const before = statSync(out).ino;
    assert.match(built(src, out).stderr, /is up to date/);
    assert.equal(statSync(out).ino, before);
    // Not even if a file is written anew with the same bytes.
    put(src, { 'a.css': SITE['a.css'] });
    assert.match(built(src, out).stderr, /is up to date/);
  });

  test('files that are unchanged stay, others are written', () => {
    const src = site(SITE);
    const out = `${src}-out`;
    built(src, out);
    const [css, js] = [inode(out, 'a.css'), inode(out, 'a.js')];
    put(src, { 'a.css': 'b{}' });
    built(src, out);
    assert.notEqual(inode(out, 'a.css'), css);
    assert.equal(inode(out, 'a.js'), js);
    assert.equal(inode(out, urlOf(out, 'a.js')), js);
  });

  const damages = {
    'a file that was changed': (out) => put(out, { 'a.css': 'damaged' }),
    'a file that was removed': (out) => rmSync(join(out, 'a.css')),
    'a file that was added': (out) => put(out, { 'more.css': 'more' }),
    'a work cache that is damaged': (out, cache) => put(cache, { index: '{"sources":' }),
    'a work cache that is gone': (out, cache) => rmSync(cache, { recursive: true }),
  };
  for (const [name, damage] of Object.entries(damages)) {
    test(`${name} comes out right`, () => {
      const src = site(SITE);
      const out = `${src}-out`;
      built(src, out);
      damage(out, join(folder, `.src-${count}-out.keepfresh-cache`));
      built(src, out);
      assert.equal(text(out, 'a.css'), 'a{}');
      assert.ok(!existsSync(join(out, 'more.css')));
      assert.equal(keepfresh('verify', out).status, 0);
    });
  }

  test('whatever was built before, the output is what a clean build gives', () => {
    const src = site(SITE);
    const out = `${src}-out`;
    const content = (folder) =>
      namesIn(folder).map((name) => [name, readFileSync(join(folder, realName(folder, name)), 'latin1')]);
    const realName = (folder, name) =>
      readdirSync(folder, { recursive: true }).find((path) => path.replace(/\.kf\.[0-9a-f]{8,64}/, '.kf.X') === name);
    const steps = [
      (folder) => put(folder, { 'a.css': 'b{}' }),
      (folder) => put(folder, { 'a.css': 'a{}', 'x.css': 'x{}' }),
      (folder) => rmSync(join(folder, 'x.css')),
      // A folder where a file was, and the other way round.
      (folder) => put(folder, { 'x.css/y.css': 'y{}' }),
      (folder) => rmSync(join(folder, 'x.css'), { recursive: true }),
      (folder) => put(folder, { 'x.css': 'x{}' }),
      (folder) => put(folder, { 'deep/er/a.js': 'x = 1' }),
      (folder) => rmSync(join(folder, 'deep'), { recursive: true }),
      () => put(out, { 'a.css': 'damaged', 'more/x.css': 'more' }),
      () => put(join(folder, `.src-${count}-out.keepfresh-cache/spare`), { 'a.css': 'damaged', 'more/x.css': 'more' }),
      (folder) => put(folder, { 'a.js': `x = "${'z'.repeat(3000)}"` }),
    ];
    for (const [number, step] of steps.entries()) {
      step(src);
      built(src, out, '--compress', 'gzip');
      rmSync(`${src}-clean`, { recursive: true, force: true });
      built(src, `${src}-clean`, '--compress', 'gzip', '--no-cache');
      assert.deepEqual(content(out), content(`${src}-clean`), `step ${number}`);
    }
  });

  test('two builds at once do not meet', async () => {
    const src = site({ ...SITE, ...Object.fromEntries([...Array(400)].map((_, n) => [`f/${n}.css`, `a{b:${n}}`])) });
    const runs = [1, 2, 3].map(
      () => new Promise((done) => spawn(PROGRAM, ['build', src, '--out', `${src}-out`]).on('close', done)),
    );
    const codes = await Promise.all(runs);
    assert.ok(codes.includes(0) && codes.every((code) => code === 0 || code === 2), String(codes));
    assert.equal(keepfresh('verify', `${src}-out`).status, 0);
  });

  test('a change that leaves length and time alone is seen all the same', () => {
    const src = site(SITE);
    built(src, `${src}-out`);
    const { atime, mtime } = statSync(join(src, 'a.css'));
    put(src, { 'a.css': 'b{}' });
    utimesSync(join(src, 'a.css'), atime, mtime);
    built(src, `${src}-out`);
    assert.equal(text(`${src}-out`, 'a.css'), 'b{}');
  });

  test('nothing is remembered that nobody wants remembered', () => {
    const src = site(SITE);
    built(src, `${src}-out`, '--no-cache', '--compress', 'gzip');
    assert.ok(!existsSync(join(folder, `.src-${count}-out.keepfresh-cache`)));
  });
});
