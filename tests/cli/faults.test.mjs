// `keepfresh build` and bad input: a clear message, the right exit code, and nothing lost.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { partOf, text } from './folder.mjs';
import { keepfresh, PROGRAM } from './run.mjs';

const folder = mkdtempSync(join(tmpdir(), 'keepfresh-faults-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** A folder with these files. */
function site(files) {
  const src = join(folder, `src-${++count}`);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(src, path)), { recursive: true });
    writeFileSync(join(src, path), text);
  }
  return src;
}

const outOf = (src) => `${src}-out`;
const PAGE = { 'index.html': '<!doctype html><link rel=stylesheet href=a.css>', 'a.css': 'a{}' };

test('nothing is nested too deep to be read', () => {
  const sum = Array.from({ length: 30_000 }, (_, n) => `"${n}"`).join('+');
  const scripts = {
    'sum.js': `export const a = ${sum}; import("./b.js")`,
    'array.js': `export const a = ${'['.repeat(20_000)}${']'.repeat(20_000)}; import("./b.js")`,
    'functions.js': `${'function f(){'.repeat(10_000)}import("./b.js")${'}'.repeat(10_000)}`,
    'else.js': `${'if(x)y();else '.repeat(10_000)}import("./b.js")`,
  };
  const src = site({
    ...scripts,
    'b.js': '',
    'b.png': '',
    'a.css': `${'a{'.repeat(50_000)}b:url(b.png)`,
    'a.svg': `<svg>${'<g>'.repeat(50_000)}<image href="b.png"/></svg>`,
    'index.html': `${Object.keys(scripts).map((name) => `<script type=module src=${name}></script>`)}${'<div>'.repeat(50_000)}<img src=b.png>`,
  });
  const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
  assert.equal(status, 0, stderr);
  const { files } = JSON.parse(text(outOf(src), 'keepfresh.json'));
  for (const path of [...Object.keys(scripts), 'a.css', 'a.svg', 'index.html']) {
    const written = text(outOf(src), files[path].url);
    assert.match(written.slice(-200_000), /\bb\.kf\.\w+\.(js|png)/, path);
  }
});

test('names that differ in case are told of, and may be an error', () => {
  const src = site({ ...PAGE, 'A.css': 'b{}', 'sub/a.css': '', 'Sub/A.css': '' });
  // Where the system cannot keep them apart, there is one of each already.
  if (readdirSync(src).length < 5) return;
  const build = () => keepfresh('build', src, '--out', outOf(src), '--json');
  const { status, stdout } = build();
  assert.equal(status, 0);
  const told = ({ findings }) => findings.filter(({ code }) => code === 'only-case').map(({ path }) => path);
  assert.deepEqual(told(JSON.parse(stdout)), ['a.css', 'sub/a.css']);
  assert.deepEqual([text(outOf(src), 'A.css'), text(outOf(src), 'a.css')], ['b{}', PAGE['a.css']]);
  writeFileSync(join(src, 'keepfresh.toml'), '[severity]\nonly-case = "error"');
  assert.equal(build().status, 1);
});

describe('what cannot be built', () => {
  const cases = [
    // name                      files                                                      message
    ['a worker of its own', { ...PAGE, 'sw.js': '' }, /sw\.js is in the folder already/],
    ['a name that no URL can hold', { ...PAGE, 'a\nb.css': '' }, /a character that no URL can hold/],
    [
      'a configuration that is not TOML',
      { ...PAGE, 'keepfresh.toml': 'routes = [' },
      /keepfresh\.toml cannot be used[^]*line 1/,
    ],
    [
      'an unknown field',
      { ...PAGE, 'keepfresh.toml': '[[routes]]\npolicy = "cache-first"\nttl = 5' },
      /unknown field `ttl`/,
    ],
    ['an unknown policy', { ...PAGE, 'keepfresh.toml': '[[routes]]\npolicy = "fastest"' }, /unknown variant `fastest`/],
    [
      'a path that is no pattern',
      { ...PAGE, 'keepfresh.toml': '[[routes]]\npolicy = "cache-first"\npath = "/a(b)"' },
      /routes\[0\]: the path `\/a\(b\)` cannot be read from `\(b\)` on/,
    ],
    [
      'an origin that is none',
      { ...PAGE, 'keepfresh.toml': '[[routes]]\npolicy = "http"\n[[routes]]\npolicy = "http"\norigin = "cdn.example"' },
      /routes\[1\]: `origin` is cdn\.example; it can be https:\/\/host, or \*/,
    ],
    [
      'a fallback that is not there',
      { ...PAGE, 'keepfresh.toml': '[[routes]]\npolicy = "network-first"\nfallback = "/off.html"' },
      /routes\[0\]: the fallback \/off\.html is not a file/,
    ],
    [
      'a page that begins with a file that is not there',
      {
        ...PAGE,
        'keepfresh.toml':
          '[[routes]]\nmode = "navigate"\npolicy = "http"\nfallback = "index.html"\nbefore = "head.html"\ncontentQuery = "c"',
      },
      /routes\[0\]: the `before` head\.html is not a file of the site/,
    ],
    [
      'a page that begins with a file, and nothing to ask for its content by',
      {
        ...PAGE,
        'keepfresh.toml':
          '[[routes]]\nmode = "navigate"\npolicy = "http"\nfallback = "index.html"\nbefore = "index.html"',
      },
      /routes\[0\]: `before` needs `contentQuery`/,
    ],
    [
      'a file with the name that another gets',
      { 'index.html': '<script src=a.js></script>', 'a.js': '1', 'a.kf.6b86b273ff34fce19d6b.js': 'evil' },
      /a\.kf\.6b86b273ff34fce19d6b\.js.* are different files, and both would be/,
    ],
    [
      'a time that is none',
      { ...PAGE, 'keepfresh.toml': '[[routes]]\npolicy = "network-first"\ntimeoutSeconds = -1' },
      /routes\[0\]: `timeoutSeconds` is -1\.0; it can be a number of seconds/,
    ],
    [
      'a header that is two',
      { ...PAGE, 'keepfresh.toml': '[headers]\ncdn = "a\\nX: b"' },
      /headers\.cdn must be one line/,
    ],
    ['an empty folder', {}, /there are no files|is not a folder/],
  ];
  for (const [name, files, message] of cases) {
    test(name, () => {
      const src = site(files);
      const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
      assert.ok(!existsSync(outOf(src)), 'nothing is written');
    });
  }

  test('no folder at all', () => {
    const { status, stderr } = keepfresh('build', join(folder, 'nowhere'), '--out', join(folder, 'nowhere-out'));
    assert.equal(status, 2);
    assert.match(stderr, /nowhere is not a folder/);
  });

  test('a folder that is not ours is not replaced', () => {
    const src = site(PAGE);
    mkdirSync(outOf(src));
    writeFileSync(join(outOf(src), 'thesis.txt'), 'years of work');
    const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
    assert.equal(status, 2);
    assert.match(stderr, /holds files that keepfresh did not write/);
    assert.equal(readFileSync(join(outOf(src), 'thesis.txt'), 'utf8'), 'years of work');
  });

  test('a failed build leaves the last one whole, and nothing beside it', () => {
    const src = site(PAGE);
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    const before = readdirSync(outOf(src));
    writeFileSync(join(src, 'keepfresh.toml'), 'routes = 5');
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 2);
    assert.deepEqual(readdirSync(outOf(src)), before);
    assert.deepEqual(leftovers(), []);
  });

  test('so does one in which a module is missing that a page loads', () => {
    const src = site({ ...PAGE, 'index.html': '<script type=module src=a.js></script>', 'a.js': 'import "./b.js"' });
    writeFileSync(join(src, 'b.js'), '');
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    const before = readFileSync(join(outOf(src), 'index.html'));
    rmSync(join(src, 'b.js'));
    writeFileSync(join(src, 'b2.js'), '');
    const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
    assert.equal(status, 1, stderr);
    assert.match(
      stderr,
      /error: a\.js:1:9: there is no b\.js[^]*a\.js:1:9[^]*import "\.\/b\.js"[^]*help: there is b2\.js/,
    );
    assert.deepEqual(readFileSync(join(outOf(src), 'index.html')), before);
    assert.deepEqual(leftovers(), []);
    // Nobody loads it: then it is only told of. And a site may see it otherwise.
    writeFileSync(join(src, 'index.html'), 'no modules');
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    for (const [level, expected] of Object.entries({ error: 1, warning: 0, note: 0, off: 0 })) {
      writeFileSync(join(src, 'keepfresh.toml'), `[severity]\nmissing-import = "${level}"\n`);
      const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
      assert.equal(status, expected);
      assert.equal(stderr.includes('there is no b.js'), level !== 'off');
    }
  });

  test('a killed build leaves the last one whole, and the next one clears up', () => {
    const src = site(PAGE);
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    const before = readdirSync(outOf(src));
    // A process that is gone: numbers are handed out in turn, up to 2^22.
    mkdirSync(join(folder, `.${basename(outOf(src))}.keepfresh-new-4194305`));
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    assert.deepEqual(readdirSync(outOf(src)), before);
    assert.deepEqual(leftovers(), []);
  });
});

/** What builds have left beside their output, the work cache excepted. */
const leftovers = () =>
  readdirSync(folder).filter((name) => name.startsWith('.') && !name.endsWith('.keepfresh-cache'));

describe('what is told of', () => {
  test('a missing file, with its place', () => {
    const src = site({ 'index.html': '<!doctype html>\n<p>é<img src=none.png>' });
    const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
    assert.equal(status, 0, stderr);
    assert.match(stderr, /warning: index\.html:2:14: there is no none\.png/);
    assert.equal(keepfresh('build', src, '--out', outOf(src), '--strict').status, 1);
  });

  test('a script that is no script, which stays as it is', () => {
    const src = site({ ...PAGE, 'a.js': 'import { from "./b.js' });
    const { status, stderr } = keepfresh('build', src, '--out', outOf(src));
    assert.equal(status, 0);
    assert.match(stderr, /note: a\.js:1:1: its references are left as they are/);
    assert.equal(readFileSync(join(outOf(src), 'a.js'), 'utf8'), 'import { from "./b.js');
  });

  test('what a build would change', () => {
    const src = site(PAGE);
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    assert.equal(keepfresh('build', src, '--out', outOf(src), '--check').status, 0);
    writeFileSync(join(src, 'a.css'), 'b{}');
    const { status, stdout } = keepfresh('build', src, '--out', outOf(src), '--check');
    assert.equal(status, 1);
    assert.match(stdout, /^~ a\.css$/m);
    assert.match(stdout, /^\+ a\.kf\.[0-9a-f]{20}\.css$/m);
    assert.match(stdout, /^- a\.kf\.[0-9a-f]{20}\.css$/m);
  });
});

describe('what is left out', () => {
  test('hidden files, the configuration, and the output itself', () => {
    const src = site({ ...PAGE, '.git/config': 'secret', '.env': 'secret', '.well-known/x': '', 'keepfresh.toml': '' });
    const out = join(src, 'dist');
    for (let n = 0; n < 2; n++) assert.equal(keepfresh('build', src, '--out', out).status, 0);
    const written = readdirSync(out, { recursive: true })
      .filter((name) => !name.includes('.kf.'))
      .sort();
    assert.deepEqual(written, [
      '.keepfresh',
      '.keepfresh/upload.json',
      '.well-known',
      '.well-known/x',
      '_headers',
      'a.css',
      'index.html',
      'keepfresh',
      'keepfresh.json',
      'sw.js',
    ]);
  });

  test('what the configuration excludes, from the site or from the first visit', () => {
    const toml = 'exclude = ["drafts/**"]\n[precache]\nexclude = ["*.css"]\n';
    const src = site({ ...PAGE, 'drafts/x.html': '', 'keepfresh.toml': toml });
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    assert.ok(!existsSync(join(outOf(src), 'drafts')));
    const list = text(outOf(src), partOf(outOf(src), 'list.txt'));
    assert.match(list, /^\t\d+\t[0-9a-f]{64}$/m);
    assert.ok(!/a\.kf\.[0-9a-f]{20}\.css/.test(list));
  });
});

test('a file that is larger than the memory', { skip: process.platform !== 'linux' }, () => {
  const src = site(PAGE);
  for (const path of ['film.mp4', 'large.js']) {
    writeFileSync(join(src, path), '');
    truncateSync(join(src, path), 400 << 20);
  }
  // In KB, of addresses: the program itself, its threads' stacks and their heaps are some 150 MB.
  const limited = `ulimit -v 320000; RAYON_NUM_THREADS=1 exec "${PROGRAM}" build "${src}" --out "${outOf(src)}" --compress gzip`;
  const { status, stderr } = spawnSync('sh', ['-c', limited], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /large\.js: its references are left as they are: it is larger than 64 MB/);
  rmSync(outOf(src), { recursive: true });
});

test('the headers that a site brought stand in front of ours', () => {
  const src = site({ ...PAGE, _headers: '/secret.json\n  Cache-Control: no-store\n' });
  assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
  const headers = readFileSync(join(outOf(src), '_headers'), 'utf8');
  assert.match(headers, /^\/secret\.json\n  Cache-Control: no-store\n/);
  assert.match(headers, /^\/a\.kf\.[0-9a-f]{20}\.css\n  Cache-Control: public, max-age=31536000, immutable$/m);
  assert.match(headers, /^\/index\.html\n  Cache-Control: no-cache$/m);
  assert.match(headers, /^\/sw\.js\n  Cache-Control: no-cache$/m);
});

test('what a policy in the headers of the site names by its digest stays as it is', () => {
  const style = 'p{background:url(b.png)}';
  const digest = createHash('sha256').update(style).digest('base64');
  const page = `<!doctype html><link rel=stylesheet href=a.css><style>${style}</style>`;
  const policy = (digest) => `/*\n  Content-Security-Policy: default-src 'self'; style-src 'self' 'sha256-${digest}'\n`;
  const stylesOf = (headers, name = '_headers') => {
    const src = site({ ...PAGE, 'index.html': page, '404.html': page, 'b.png': 'b', [name]: headers });
    assert.equal(keepfresh('build', src, '--out', outOf(src)).status, 0);
    return ['index.html', '404.html'].map((path) => {
      const text = readFileSync(join(outOf(src), path), 'utf8');
      return /<style>(.*)<\/style>/.exec(text)[1].replace(/[0-9a-f]{20}/, 'X');
    });
  };
  assert.deepEqual(stylesOf(policy(digest)), [style, style]);
  // Whichever host reads it.
  const told = `"style-src 'self' 'sha256-${digest}'"`;
  const others = {
    'web.config': `<add name="Content-Security-Policy" value=${told} />`,
    'staticwebapp.config.json': `{ "globalHeaders": { "content-security-policy": ${told} } }`,
    'vercel.json': `{ "headers": [{ "source": "/(.*)", "headers": [{ "key": "Content-Security-Policy", "value": ${told} }] }] }`,
    'netlify.toml': `[[headers]]\nfor = "/*"\n[headers.values]\nContent-Security-Policy = ${told}`,
    '.htaccess': `Header set Content-Security-Policy ${told}`,
  };
  for (const [name, text] of Object.entries(others)) assert.deepEqual(stylesOf(text, name), [style, style], name);
  assert.deepEqual(stylesOf(policy('other')), ['p{background:url(b.kf.X.png)}', 'p{background:url(/b.kf.X.png)}']);
});

test('pages that are shown at any path refer to their files from the root', () => {
  const text =
    '<!doctype html><link rel=stylesheet href=../a.css><a href=x.html>x</a><a href=#top>y</a><a href=/z>z</a>';
  const toml = '[[routes]]\nmode = "navigate"\npolicy = "network-first"\nfallback = "off/line.html"\n';
  const src = site({ ...PAGE, '404.html': PAGE['index.html'], 'off/line.html': text, 'keepfresh.toml': toml });
  assert.equal(keepfresh('build', src, '--out', outOf(src), '--base', '/app/').status, 0);
  const read = (path) => readFileSync(join(outOf(src), path), 'utf8').replace(/[0-9a-f]{20}/, 'X');
  const offline =
    '<link rel=stylesheet href=/app/off/../a.kf.X.css><a href=/app/off/x.html>x</a><a href=#top>y</a><a href=/z>z</a>';
  assert.equal(read('off/line.html'), `<!doctype html>${offline}`);
  assert.equal(read('404.html'), '<!doctype html><link rel=stylesheet href=/app/a.kf.X.css>');
  assert.equal(read('index.html'), '<!doctype html><link rel=stylesheet href=a.kf.X.css>');
});

test('help and mistyped options say what to do', () => {
  const { status, stdout } = keepfresh('--help');
  assert.equal(status, 0);
  assert.match(stdout, /build[^]*serve/);
  assert.match(keepfresh('build', '--help').stdout, /keepfresh\.toml[^]*Exit codes/);
  const mistyped = keepfresh('build', 'x', '--outt', 'y');
  assert.equal(mistyped.status, 2);
  assert.match(mistyped.stderr, /--out/);
});
