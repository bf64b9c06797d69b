// Every construct that names a file, through the whole build (constructs.mjs has a line for each).

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildRows, expectedOf, fileOf, ROWS } from './constructs.mjs';
import { built, namesIn, put, text, urlOf } from './folder.mjs';
import { keepfresh, ROOT } from './run.mjs';
import { withTable } from './table.mjs';

const folder = mkdtempSync(join(tmpdir(), 'keepfresh-references-'));
const [src, out] = [join(folder, 'src'), join(folder, 'out')];
after(() => rmSync(folder, { recursive: true, force: true }));

test('what a page vouches for by its digest keeps its bytes', () => {
  const [site, built] = [join(folder, 'integrity'), join(folder, 'integrity-out')];
  const files = {
    'a.css': 'a { background: url(a.png) }',
    'b.js': 'import "./d.js"',
    'c.css': 'a { background: url(a.png) }',
    'd.js': '',
    'a.png': '',
    'index.html':
      '<link rel=stylesheet href=a.css integrity="sha256-x"><link rel=stylesheet href=c.css>' +
      '<script type=importmap>{"integrity": {"./b.js": "sha256-y"}}</script><script type=module src=b.js></script>',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, path), text);
  }
  const { status, stderr } = keepfresh('build', site, '--out', built);
  assert.equal(status, 0, stderr);
  for (const path of ['a.css', 'b.js']) assert.equal(readFileSync(join(built, path), 'utf8'), files[path], path);
  assert.match(readFileSync(join(built, 'c.css'), 'utf8'), /url\(a\.kf\.[0-9a-f]{20}\.png\)/);
  assert.match(readFileSync(join(built, 'index.html'), 'utf8'), /href=a\.kf\.[0-9a-f]{20}\.css integrity/);
});

test('a module that is named where nothing can be rewritten keeps its name', () => {
  const cases = [
    // name                         what names ./a.js besides                                  keeps its name
    ['a script in UTF-16', { 'b.js': Buffer.from('\ufeffimport "./a.js"', 'utf16le') }, true],
    ['a script that is not UTF-8', { 'b.js': Buffer.from('/* caf\xe9 */ import "./a.js"', 'latin1') }, false],
    ['an escape', { 'b.js': 'import "./a\\u002ejs"' }, true],
    [
      'a digest',
      { 'c.html': '<script type=module src=b.js integrity="sha256-x"></script>', 'b.js': 'import "./a.js"' },
      true,
    ],
    ['a part of a name', { 'b.js': 'import(`./${name}.js`)' }, true],
    ['an element that is ignored', { 'b.js': '', 'c.html': '<script src=a.js data-keepfresh-ignore></script>' }, true],
    ['a part of another', { 'b.js': 'import(`./x/${name}.js`)' }, false],
    ['nothing', { 'b.js': 'import "./a.js"' }, false],
  ];
  for (const [name, files, isKept] of cases) {
    const [site, built] = [join(folder, name), join(folder, `${name}-out`)];
    const all = {
      ...files,
      'a.js': 'n = 1',
      'index.html': '<script type=module>import "./a.js"; import "./b.js"</script>',
    };
    mkdirSync(site, { recursive: true });
    for (const [path, text] of Object.entries(all)) writeFileSync(join(site, path), text);
    const { status, stderr } = keepfresh('build', site, '--out', built);
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(join(built, 'index.html'), 'utf8').includes('"./a.js"'), isKept, name);
  }
});

test('a page asks for what the list names, however it spells that', () => {
  const cases = [
    // the file      in the page                                 in the build
    ['[slug].png', '<img src="[slug].png">', '<img src="[slug].kf.X.png">'],
    ['a|b.png', '<img src="a|b.png">', '<img src="a|b.kf.X.png">'],
    ['\u00fc.png', '<img src="%c3%bc.png">', '<img src="%C3%BC.kf.X.png">'],
    ['~me.png', '<img src="%7Eme.png?%7e">', '<img src="~me.kf.X.png?%7e">'],
    ["it's.png", "<img src='it%27s.png'>", "<img src='it&#39;s.kf.X.png'>"],
    [
      'a (1).png',
      '<p style="background:url(a%20%281%29.png)">',
      '<p style="background:url(a%20\\&#40;1\\&#41;.kf.X.png)">',
    ],
    ['a (2).png', '<style>a{b:url(a%20%282%29.png)}</style>', '<style>a{b:url(a%20\\(2\\).kf.X.png)}</style>'],
    ['a^b.png', '<img src="a^b.png">', '<img src="a%5Eb.kf.X.png">'],
    ['~you.html', '<a href="%7Eyou.html">x</a>', '<a href="~you.html">x</a>'],
    [null, '<img src="https://x.example/%7Eme.png">', '<img src="https://x.example/%7Eme.png">'],
  ];
  const [site, spelled] = [join(folder, 'spelled'), join(folder, 'spelled-out')];
  mkdirSync(site);
  for (const [file] of cases) if (file) writeFileSync(join(site, file), file);
  writeFileSync(join(site, 'index.html'), cases.map(([, page]) => page).join('\n'));
  const { status, stderr } = keepfresh('build', site, '--out', spelled);
  assert.equal(status, 0, stderr);
  const marked = (text) => text.replace(/\.kf\.[0-9a-f]{20}/g, '.kf.X');
  const page = marked(readFileSync(join(spelled, 'index.html'), 'utf8'));
  assert.deepEqual(
    page.split('\n'),
    cases.map(([, , built]) => built),
  );
  const [list] = readdirSync(join(spelled, 'keepfresh')).filter((name) => name.startsWith('list.'));
  const listed = readFileSync(join(spelled, 'keepfresh', list), 'utf8').split('\n');
  const urls = listed.map((line) => marked(line.split('\t')[0]));
  const entities = (text) => text.replace(/\\?&#(\d+);/g, (_, code) => String.fromCharCode(code)).replaceAll('\\', '');
  for (const [file, , built] of cases.filter(([file]) => file)) {
    const asked = entities(built).match(/(?:src=|href=|url\()["']?(.*\.(png|html))/)[1];
    const url = new URL(asked, 'https://x.example/').pathname.slice(1);
    assert.ok(urls.includes(url), `${file}: ${url} is none of ${urls}`);
  }
});

test('what stands before `<base>` begins at the page, but for links', () => {
  const files = {
    's.css': 'p {}',
    'sub/s.css': 'a {}',
    'sub/b.png': '',
    'sub/x.html': '',
    'index.html':
      '<link rel=stylesheet href=s.css><a href=x.html>x</a><base href="/sub/"><link rel=stylesheet href=s.css><img src=b.png>',
  };
  const out = join(folder, 'base-out');
  assert.doesNotMatch(built(put(join(folder, 'base'), files), out).stderr, /there is no/);
  const [first, second] = text(out, 'index.html').match(/s\.kf\.[0-9a-f]{20}\.css/g);
  assert.deepEqual([first, `sub/${second}`], [urlOf(out, 's.css'), urlOf(out, 'sub/s.css')]);
});

test('of several source maps, and of places that a server puts in, nothing is missed', () => {
  const files = {
    'a.js': 'f();\n//# sourceMappingURL=gone.js.map\ng();\n//# sourceMappingURL=a.js.map',
    'a.js.map': '{}',
    'a.css': 'a { b: url(/%7B%7BBASE%7D%7D/c.png) }\n/*# sourceMappingURL=gone.css.map */\nd {}',
    'index.html': '<script src=a.js></script><link rel=stylesheet href=a.css>',
  };
  const { stderr } = built(put(join(folder, 'maps'), files), join(folder, 'maps-out'));
  assert.deepEqual(stderr.match(/there is no .*/g), ['there is no gone.css.map']);
});

test('what something looks for by its name keeps it', () => {
  const files = {
    'map.css': '.icon { background: url(icon.png) }',
    'icon.png': '1',
    'off.png': '2',
    'on.png': '3',
    'other.css': 'img[src$="off.png"] { border: 0 }',
    'kit.js': 'import "./chunk.js"',
    'chunk.js': '[...document.scripts].find((s) => /kit(\\.min)?\\.js($|\\?)/.test(s.src))',
    'index.html':
      '<link rel=stylesheet href=map.css><link rel=stylesheet href=other.css><script type=module src=kit.js></script>' +
      '<img src=off.png><img src=on.png><script>document.querySelector(`link[href$="map.css"]`)</script>',
  };
  const out = join(folder, 'looked-for-out');
  const { stderr } = built(put(join(folder, 'looked-for'), files), out);
  const page = text(out, 'index.html');
  for (const kept of ['href=map.css', 'src=kit.js', 'src=off.png']) assert.ok(page.includes(kept), page);
  assert.match(page, /href=other\.kf\.[0-9a-f]{20}\.css.*src=on\.kf\.[0-9a-f]{20}\.png/);
  assert.match(stderr, /note: kit\.js: chunk\.js seems to look for it by its name, so it keeps it/);
});

test('what is saved has the name that it had', () => {
  const cases = [
    ['<a href="a b.json" download>x</a>', '<a href="a b.kf.X.json" download="a b.json">x</a>'],
    ['<a download href=a%20b.json?x>x</a>', '<a download="a b.json" href=a%20b.kf.X.json?x>x</a>'],
    [`<a download='' href="it's.json">x</a>`, `<a download='it&#x27;s.json' href="it's.kf.X.json">x</a>`],
    ['<area download="" href="a b.json">', '<area download="a b.json" href="a b.kf.X.json">'],
    ['<a href="a b.json" download=b.json>x</a>', '<a href="a b.kf.X.json" download=b.json>x</a>'],
    ['<a href="about.html" download>x</a>', '<a href="about.html" download="about.html">x</a>'],
    ['<a href="https://x.example/a.json" download>x</a>', '<a href="https://x.example/a.json" download>x</a>'],
    ['<img src="c.png" download>', '<img src="c.kf.X.png" download>'],
  ];
  const files = { 'a b.json': '1', "it's.json": '2', 'about.html': '', 'c.png': '3' };
  const page = cases.map(([written]) => written).join('\n');
  const [site, out] = [put(join(folder, 'saved'), { ...files, 'index.html': page }), join(folder, 'saved-out')];
  built(site, out);
  const lines = text(out, 'index.html')
    .replace(/\.kf\.[0-9a-f]{20}/g, '.kf.X')
    .split('\n');
  assert.deepEqual(
    lines,
    cases.map(([, expected]) => expected),
  );
});

test('pages and scripts of before UTF-8 are read, and no byte of theirs changes but in names', () => {
  const latin1 = (text) => Buffer.from(text, 'latin1');
  const site = put(join(folder, 'latin1'), {
    'index.html': latin1(
      '<meta charset=windows-1252><title>Caf\xe9</title><style>/* \xe9 */a{b:url(a.png)}</style><script src=b.js>',
    ),
    'b.js': latin1('var gr\xf6\xdfe = "\xe9"; new Worker("/c.js")'),
    'a.png': '1',
    'c.js': '2',
  });
  const out = join(folder, 'latin1-out');
  assert.doesNotMatch(built(site, out).stderr, /note|warning/);
  const read = (path) => readFileSync(join(out, path), 'latin1').replace(/\.kf\.[0-9a-f]{20}/g, '.kf.X');
  assert.match(
    read('index.html'),
    /<title>Caf\xe9<\/title><style>\/\* \xe9 \*\/a\{b:url\(a\.kf\.X\.png\)\}<\/style><script src=b\.kf\.X\.js>/,
  );
  for (const path of ['b.js', urlOf(out, 'b.js')])
    assert.equal(read(path), 'var gr\xf6\xdfe = "\xe9"; new Worker("/c.kf.X.js")', path);
});

test('of packages, what a site refers to is part of it', () => {
  const files = {
    'node_modules/lit/index.js': 'import "./css.js"; import "@lit/base"',
    'node_modules/lit/css.js': '',
    'node_modules/lit/unused.js': 'import "./none.js"',
    'node_modules/@lit/base/index.js': '',
    'node_modules/icons/x/a.js': '',
    'node_modules/icons/x/a.css': '',
    'node_modules/theme/a.css': 'a { b: url(a.png) }',
    'node_modules/theme/a.png': '',
    'index.html':
      '<script type=importmap>{"imports": {"lit": "./node_modules/lit/index.js", "./old.js": "./new.js", "gone/": "./new/",' +
      '"@lit/base": "/node_modules/@lit/base/index.js", "icons/": "./node_modules/icons/"}}</script>' +
      '<script type=module>import "lit"; import "./old.js"; import "icons/x/a.js"</script>' +
      '<link rel=stylesheet href=node_modules/theme/a.css>',
    'new.js': '',
  };
  const [site, out] = [put(join(folder, 'packages'), files), join(folder, 'packages-out')];
  const said = () => built(site, out).stderr;
  assert.doesNotMatch(said(), /there is no/);
  const there = namesIn(out).filter((name) => name.startsWith('node_modules') && !name.includes('.kf.'));
  const shipped = Object.keys(files).filter((path) => path.startsWith('node_modules') && !path.includes('unused'));
  assert.deepEqual(there, shipped.sort());
  assert.match(text(out, 'index.html'), /"lit": "\.\/node_modules\/lit\/index\.kf\.[0-9a-f]{20}\.js"/);
  assert.match(text(out, urlOf(out, 'node_modules/theme/a.css')), /url\(a\.kf\.[0-9a-f]{20}\.png\)/);

  put(site, { 'node_modules/icons/y.js': '', 'node_modules/lit/css.js': 'new' });
  said();
  assert.ok(existsSync(join(out, 'node_modules/icons/y.js')));
  assert.equal(text(out, 'node_modules/lit/css.js'), 'new');
});

describe('every construct', () => {
  before(() => {
    const { status, stderr } = buildRows(src, out);
    assert.equal(status, 0, stderr);
  });

  for (const row of ROWS) {
    test(`${row.file}: ${row.name}`, () => {
      const built = readFileSync(join(out, row.path), 'utf8');
      assert.match(built, expectedOf(row));
      for (const [url] of built.replaceAll('&quot;', '"').matchAll(/[^\s"'`(=«»/,]*\.kf\.[0-9a-f]{20}\.\w+(\.map)?/g)) {
        assert.ok(existsSync(join(out, fileOf(row.path, url))), `${url} is not there`);
      }
    });
  }

  test('each is a line of the table in the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    assert.equal(withTable(readme, out), readme, 'run `node tests/cli/table.mjs`');
  });
});
