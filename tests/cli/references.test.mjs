// Every construct that names a file, through the whole build (constructs.mjs has a line for each).

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildRows, expectedOf, fileOf, ROWS } from './constructs.mjs';
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
    ['a script that is not UTF-8', { 'b.js': Buffer.from('/* caf\xe9 */ import "./a.js"', 'latin1') }, true],
    ['an escape', { 'b.js': 'import "./a\\u002ejs"' }, true],
    [
      'a digest',
      { 'c.html': '<script type=module src=b.js integrity="sha256-x"></script>', 'b.js': 'import "./a.js"' },
      true,
    ],
    ['a part of a name', { 'b.js': 'import(`./${name}.js`)' }, true],
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
