// `keepfresh build` on real packages: everything that resolved before resolves afterwards, under a name that is the
// digest of its bytes, and two builds are the same.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { filesOf, referencesOf, withoutFingerprint } from './oracle.mjs';
import { ROOT, keepfresh } from './run.mjs';

/** Packages that come with pages, style sheets and modules that refer to each other. */
const PACKAGES = ['bootstrap', 'bootstrap-icons', 'katex', 'lodash-es', 'reveal.js', 'swagger-ui-dist'];

const folder = mkdtempSync(join(tmpdir(), 'keepfresh-real-'));
const src = join(folder, 'src');
const out = join(folder, 'out');
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a folder of real packages', () => {
  let built;

  before(() => {
    for (const name of PACKAGES) cpSync(join(ROOT, 'node_modules', name), join(src, name), { recursive: true });
    built = keepfresh('build', src, '--out', out);
    assert.equal(built.status, 0, built.stderr);
  });

  test('every reference that resolved before resolves', () => {
    const broken = new Set(
      referencesOf(src)
        .filter((one) => !one.exists)
        .map((one) => `${one.from} ${one.path}`),
    );
    const after = referencesOf(out);
    const lost = after.filter((one) => !one.exists && !broken.has(`${withoutFingerprint(one.from)} ${one.path}`));
    assert.deepEqual(
      lost.map(({ from, url }) => `${from}: ${url}`),
      [],
    );
    assert.ok(after.length > 500, `only ${after.length} references were found`);
  });

  test('what pages, style sheets and modules load carries fingerprints', () => {
    const plain = referencesOf(out).filter((one) => one.exists && withoutFingerprint(one.path) === one.path);
    const missed = plain.filter((one) => !/\.html$|\/$|favicon\.ico$/.test(one.path));
    assert.deepEqual(
      missed.map(({ from, url }) => `${from}: ${url}`),
      [],
    );
  });

  test('a name is the digest of the bytes', () => {
    const { files } = JSON.parse(readFileSync(join(out, 'keepfresh.json'), 'utf8'));
    const circles = [];
    for (const [path, { url, integrity, bytes }] of Object.entries(files)) {
      const content = readFileSync(join(out, decodeURIComponent(url)));
      assert.equal(content.length, bytes, path);
      assert.equal(`sha256-${createHash('sha256').update(content).digest('base64')}`, integrity, path);
      assert.deepEqual(content, readFileSync(join(out, path)), `${path} under its own name`);
      const name = /\.kf\.([0-9a-f]{20})/.exec(url)?.[1];
      if (name && !createHash('sha256').update(content).digest('hex').startsWith(name)) circles.push(path);
    }
    // Modules that import each other cannot be named by their own bytes alone.
    assert.ok(
      circles.every((path) => /\.m?js$/.test(path)),
      circles.join(),
    );
    assert.ok(Object.keys(files).length > 2000);
  });

  test('bytes outside references stay as they were', () => {
    for (const path of filesOf(src)) {
      const before = readFileSync(join(src, path));
      const after = readFileSync(join(out, path));
      if (!before.equals(after)) assert.equal(stripped(after), before.toString('latin1'), path);
    }
  });

  test('two builds give the same bytes', () => {
    const again = join(folder, 'again');
    assert.equal(keepfresh('build', src, '--out', again).status, 0);
    const [one, other] = [filesOf(out), filesOf(again)];
    assert.deepEqual(one, other);
    for (const path of one) assert.ok(readFileSync(join(out, path)).equals(readFileSync(join(again, path))), path);
    assert.equal(keepfresh('build', src, '--out', out, '--check').status, 0);
  });
});

test('a tree of 10,000 files resolves, and twice gives the same bytes', () => {
  const tree = join(folder, 'tree');
  const page = (n) =>
    `<!doctype html><link rel=stylesheet href=../css/${n}.css><script type=module src=../js/${n}.js></script><img src=../img/${n}.svg>`;
  for (const name of ['css', 'js', 'img', 'pages']) mkdirSync(join(tree, name), { recursive: true });
  for (let n = 0; n < 2500; n++) {
    writeFileSync(join(tree, 'img', `${n}.svg`), `<svg xmlns="http://www.w3.org/2000/svg"><title>${n}</title></svg>`);
    writeFileSync(
      join(tree, 'css', `${n}.css`),
      `@import "${(n + 1) % 2500}.css"; a { background: url(../img/${n}.svg) }`,
    );
    writeFileSync(join(tree, 'js', `${n}.js`), n ? `import './${n >> 1}.js';` : 'export {};');
    writeFileSync(join(tree, 'pages', `${n}.html`), page(n));
  }
  const outs = [1, 2].map((n) => join(folder, `tree-${n}`));
  for (const path of outs) {
    const { status, stderr } = keepfresh('build', tree, '--out', path);
    assert.equal(status, 0, stderr);
  }
  const references = referencesOf(outs[0]);
  assert.deepEqual(
    references.filter((one) => !one.exists),
    [],
  );
  assert.deepEqual(
    references.filter((one) => withoutFingerprint(one.path) === one.path),
    [],
  );
  assert.ok(references.length > 17_000, `${references.length} references`);
  const [one, other] = outs.map((path) => filesOf(path));
  assert.deepEqual(one, other);
  for (const path of one) assert.ok(readFileSync(join(outs[0], path)).equals(readFileSync(join(outs[1], path))), path);
});

/** A file's text without the fingerprints that the build put in. */
const stripped = (bytes) => bytes.toString('latin1').replace(/\.kf\.[0-9a-f]{20}/g, '');
