// The upload plan is for hosts without rules: it has to name every file, once, in an order that breaks no page.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { keepfresh } from '../cli/run.mjs';
import { build, encode, HOSTS, SITES } from './site.mjs';
import { ABSENT, KEPT, TABLE } from './table.mjs';

const folder = mkdtempSync(join(tmpdir(), 'keepfresh-upload-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const STAGES = ['assets', 'files', 'pages', 'worker'];
const ENCODINGS = { br: 'br', zst: 'zstd', gz: 'gzip' };
/** Node 20 has no zstd. */
const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync };

const { base, ...site } = SITES['a site below a path, with everything configured'];
const made = build(folder, { base, ...site });
const read = () => JSON.parse(readFileSync(join(made.out, '.keepfresh/upload.json'), 'utf8'));

/** What is for another host, or says what this one is told. */
const isOurs = (path) => /^(_headers|\.htaccess|vercel\.json|\.keepfresh\/.*)$/.test(path);

function files() {
  return readdirSync(made.out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(made.out.length))
    .map((path) => path.replace(/^\//, ''))
    .filter((path) => !isOurs(path))
    .sort();
}

/** An entry without its encoding: `[path, encoding]`. */
function plain(path) {
  const extension = /\.(br|zst|gz)$/.exec(path)?.[1];
  return extension ? [path.slice(0, -extension.length - 1), ENCODINGS[extension]] : [path, undefined];
}

test('every file is in it, once', () => {
  assert.deepEqual(
    read()
      .map(({ path }) => path)
      .sort(),
    files(),
  );
});

test('what is named comes before what names it', () => {
  const stages = read().map(({ stage }) => STAGES.indexOf(stage));
  assert.deepEqual(
    stages,
    stages.toSorted((one, other) => one - other),
  );
  assert.deepEqual([...new Set(stages)], [0, 1, 2, 3]);
  for (const { stage, path, headers } of read()) {
    const [name] = plain(path);
    const isKept = headers['Cache-Control'].includes('immutable');
    const isWorker = name === 'sw.js' || name === 'keepfresh.json';
    const wanted = isKept ? 'assets' : isWorker ? 'worker' : name.endsWith('.html') ? 'pages' : 'files';
    assert.equal(stage, wanted, path);
  }
});

test('a URL leads to its file', () => {
  for (const { path, url } of read()) {
    assert.equal(decodeURIComponent(url), path);
    assert.equal(url, encode(path));
  }
});

test('compressed forms say what they are, and are it', () => {
  const plan = new Map(read().map((entry) => [entry.path, entry]));
  const seen = new Set();
  for (const { path, headers } of plan.values()) {
    const [name, encoding] = plain(path);
    assert.equal(headers['Content-Encoding'], encoding, path);
    if (!encoding) continue;
    seen.add(encoding);
    assert.deepEqual(headers, { ...plan.get(name).headers, 'Content-Encoding': encoding }, path);
    const bytes = (path) => readFileSync(join(made.out, path));
    if (DECODERS[encoding]) assert.ok(DECODERS[encoding](bytes(path)).equals(bytes(name)), path);
  }
  assert.deepEqual([...seen].sort(), ['br', 'gzip', 'zstd']);
});

describe('a file is told what the table says', () => {
  const plan = new Map(read().map(({ url, headers }) => [base + url, headers]));
  for (const [what, path, cache, further] of TABLE) {
    // These are names of files, and only some of them are paths as well.
    if (cache === ABSENT || further.clean || path === '' || path.endsWith('/')) continue;
    test(what, () => {
      const headers = plan.get(made.url(path));
      const match = further.match && `match="${base}${further.match}", match-dest=("${further.dest}")`;
      const wanted = {
        'Cache-Control': cache === KEPT ? 'public, max-age=31536000, immutable' : 'no-cache',
        'CDN-Cache-Control': further.page && 'max-age=60',
        'Use-As-Dictionary': match,
        Vary: match && 'Accept-Encoding, Available-Dictionary',
        'Cache-Groups': further.groups,
      };
      const { 'Content-Type': type, ...rest } = headers;
      assert.match(type, /^(text|application)\/[a-z]+/);
      assert.deepEqual({ ...wanted, ...rest }, wanted);
      for (const [name, value] of Object.entries(wanted)) assert.equal(headers[name], value, name);
    });
  }
});

test('files of an earlier release stay in it', () => {
  const before = made.url('@css/site.css').slice(base.length);
  writeFileSync(join(folder, 'src/css/site.css'), 'a { color: green }');
  const options = ['--base', base, ...HOSTS, '--keep', '1'];
  const { status, stderr } = keepfresh('build', join(folder, 'src'), '--out', made.out, ...options);
  assert.equal(status, 0, stderr);
  const plan = read();
  const entry = plan.find(({ path }) => path === before);
  assert.equal(entry?.stage, 'assets');
  assert.equal(entry.headers['Cache-Control'], 'public, max-age=31536000, immutable');
  assert.deepEqual(plan.map(({ path }) => path).sort(), files());
});
