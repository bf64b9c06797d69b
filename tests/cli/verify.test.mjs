// `keepfresh verify` and `keepfresh check`: what is whole is called whole, and every kind of damage is told of.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { built, ownFolder, put, text, urlOf } from './folder.mjs';
import { keepfresh, PROGRAM } from './run.mjs';

const folder = ownFolder('verify');
const src = put(join(folder, 'src'), {
  'index.html':
    '<!doctype html><link rel=stylesheet href=a.css><script type=module src=a.js></script><a href=none>x</a>',
  'a.css': '@import "b.css"; a { background: url(missing.png) }',
  'b.css': 'b{}',
  'a.js': `import "./b.js"; x = "${'y'.repeat(2000)}"`,
  'b.js': 'import "./a.js"',
});
const out = join(folder, 'out');
before(() => built(src, out, '--compress', 'br,zstd,gzip', '--integrity', 'sha384'));

describe('verify', () => {
  test('a folder as it was built', () => {
    const { status, stderr } = keepfresh('verify', out);
    assert.equal(status, 0, stderr);
    // It was missing before, too.
    assert.match(stderr, /warning: a\.kf\.[0-9a-f]{20}\.css:1:\d+: there is no missing\.png[^]*is whole/);
    assert.equal(keepfresh('verify', out, '--strict').status, 1);
  });

  test('what only the site itself knows to be references', () => {
    const own = put(join(folder, 'own'), {
      'keepfresh.toml': 'attributes = ["data-src"]\n[[json]]\nfiles = "data/list.json"\npointers = ["/items/*"]\n',
      'index.html': '<!doctype html><img data-src=a.png>',
      'data/list.json': '{"items": ["../a.png"]}',
      'a.png': 'a',
    });
    const to = join(folder, 'own-out');
    built(own, to);
    rmSync(join(to, urlOf(to, 'a.png')));
    const missing = (...args) => keepfresh('verify', to, ...args).stderr.match(/there is no a\.kf/g)?.length ?? 0;
    assert.equal(missing(), 0);
    assert.equal(missing('--config', join(own, 'keepfresh.toml')), 2);
    assert.match(keepfresh('verify', to, '--config', 'none.toml').stderr, /none\.toml cannot be read/);
  });

  const file = (path) => (copy) => join(copy, urlOf(copy, path));
  const damages = [
    ['a byte too many', (copy) => appendFileSync(file('b.css')(copy), ' '), /its length is not what the manifest says/],
    ['other bytes', (copy) => put(copy, { [urlOf(copy, 'b.css')]: 'c{}' }), /its bytes are not what the manifest says/],
    [
      'a file that is gone',
      (copy) => rmSync(file('b.css')(copy)),
      /there is no b\.kf\.[^]*b\.kf\..*lists it, but it is not there/,
    ],
    ['a file that nobody knows', (copy) => put(copy, { 'x.js': '' }), /x\.js.*it belongs to no release/],
    [
      'a compressed form of something else',
      (copy) => cpSync(join(copy, 'sw.js.br'), join(copy, 'a.js.br')),
      /a\.js\.br.*not the compressed form/,
    ],
    [
      'a worker of another version',
      (copy) => put(copy, { 'sw.js': text(copy, 'sw.js').replace('"version":"', '"version":"0') }),
      /sw\.js.*not the worker of version/,
    ],
    ['no worker', (copy) => rmSync(join(copy, 'sw.js')), /sw\.js.*it is not there/],
    [
      'a worker with a line more',
      (copy) => appendFileSync(join(copy, 'sw.js'), 'x'),
      /sw\.js.*not what the build has written/,
    ],
    ['no compressed worker', (copy) => rmSync(join(copy, 'sw.js.br')), /sw\.js\.br.*it is not there/],
    ['other headers', (copy) => put(copy, { _headers: '' }), /_headers.*not what the build has written/],
    [
      'no upload plan',
      (copy) => rmSync(join(copy, '.keepfresh'), { recursive: true }),
      /upload\.json.*it is not there/,
    ],
  ];
  for (const [name, damage, message] of damages) {
    test(name, () => {
      const copy = join(folder, 'copy');
      rmSync(copy, { recursive: true, force: true });
      cpSync(out, copy, { recursive: true });
      damage(copy);
      const { status, stderr } = keepfresh('verify', copy);
      assert.match(stderr, message);
      assert.equal(status, 1, stderr);
      const { findings } = JSON.parse(keepfresh('verify', copy, '--json').stdout);
      assert.ok(findings.some((finding) => finding.severity === 'error'));
    });
  }

  test('a release whose worker removes itself', () => {
    const to = join(folder, 'retired');
    built(src, to, '--retire', '--compress', 'gzip');
    assert.match(keepfresh('verify', to).stderr, /is whole/);
    appendFileSync(join(to, 'sw.js'), ' ');
    assert.match(keepfresh('verify', to).stderr, /sw\.js.*not what the build has written/);
  });

  test('a name that stood for other bytes', () => {
    const earlier = JSON.parse(text(out, 'keepfresh.json'));
    assert.equal(keepfresh('verify', out, '--against', out).status, 0);
    earlier.files['b.css'].integrity = earlier.files['a.css'].integrity;
    put(folder, { 'earlier.json': JSON.stringify(earlier) });
    const { status, stderr } = keepfresh('verify', out, '--against', join(folder, 'earlier.json'));
    assert.equal(status, 1);
    assert.match(stderr, /error: b\.kf\.[0-9a-f]{20}\.css.*this name stood for other bytes/);
  });

  test('what is no built folder', () => {
    const { status, stderr } = keepfresh('verify', src);
    assert.equal(status, 2);
    assert.match(stderr, /name a folder that `keepfresh build` wrote/);
  });
});

describe('check', () => {
  let serving;
  let url;
  before(async () => {
    serving = spawn(PROGRAM, ['serve', out]);
    url = await new Promise((resolve) => serving.stdout.once('data', (line) => resolve(String(line).trim())));
  });
  after(() => serving.kill());

  test('a site that is served as it should be', () => {
    const { status, stdout } = keepfresh('check', url);
    assert.match(stdout, /\d+ resources checked, 0 faults/);
    assert.equal(status, 0, stdout);
  });

  /** A host that serves the folder with headers of its own, and pages for what is not there. */
  async function host(fields, spa) {
    const server = createServer((request, response) => {
      const name = request.url.slice(1) || 'index.html';
      const found = existsSync(join(out, name));
      const type = { css: 'text/css', js: 'text/javascript', json: 'application/json' }[name.split('.').pop()];
      response.writeHead(found || spa ? 200 : 404, {
        'content-type': type ?? 'text/html',
        etag: '"1"',
        ...fields(name),
      });
      response.end(request.method === 'HEAD' ? undefined : text(out, found ? name : 'index.html'));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
  }

  /** Checks without blocking this process, which serves. */
  const check = (...args) =>
    new Promise((resolve) => {
      const child = spawn(PROGRAM, ['check', ...args]);
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (piece) => (stdout += piece));
      child.stderr.on('data', (piece) => (stderr += piece));
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });

  const cases = [
    [
      'nothing said',
      () => ({ server: 'nginx' }),
      false,
      /error: it never changes, but is asked for[^]*write for nginx:\n {4}location ~/,
    ],
    [
      'a year for everything',
      () => ({ 'cache-control': 'max-age=31536000, immutable' }),
      false,
      /error: it can change, but nobody will notice/,
    ],
    ['pages for what is not there', () => ({}), true, /error: what is not there is answered as if it were/],
    [
      'two rules at once',
      () => ({ 'cache-control': 'no-cache, public, max-age=31536000, immutable' }),
      false,
      /error: two rules of the host apply/,
    ],
  ];
  for (const [name, fields, spa, message] of cases) {
    test(name, async () => {
      const served = await host(fields, spa);
      const { status, stdout } = await check(served.url);
      served.stop();
      assert.match(stdout, message);
      assert.equal(status, 1);
    });
  }

  test('what hosts read or run, and give to nobody, is not asked for', async () => {
    const site = join(folder, 'hosted');
    const names = ['_redirects', '_worker.js', 'vercel.json', 'web.config', '.htaccess', 'form.php', 'CNAME'];
    put(site, { 'index.html': '<!doctype html><p>', ...Object.fromEntries(names.map((name) => [name, '{}'])) });
    built(site, `${site}-out`);
    const serving = spawn(PROGRAM, ['serve', `${site}-out`]);
    const url = await new Promise((resolve) => serving.stdout.once('data', (line) => resolve(String(line).trim())));
    const statuses = await Promise.all(names.map(async (name) => (await fetch(new URL(name, url))).status));
    const { status, stdout } = await check(url);
    serving.kill();
    assert.deepEqual(
      statuses,
      names.map(() => 404),
    );
    assert.match(stdout, /\d+ resources checked, 0 faults/);
    assert.equal(status, 0);
    assert.doesNotMatch(text(`${site}-out`, '_headers'), /\/(_|vercel|web|\.ht|form|CNAME)/);
  });

  test('a site without a manifest is read from its first page on', async () => {
    const served = await host((name) => ({ 'cache-control': name.includes('.kf.') ? 'max-age=9' : 'no-cache' }), false);
    const manifest = text(out, 'keepfresh.json');
    rmSync(join(out, 'keepfresh.json'));
    const { stdout } = await check(served.url, '--json').finally(() => put(out, { 'keepfresh.json': manifest }));
    served.stop();
    const { resources } = JSON.parse(stdout);
    assert.ok(
      resources.some((one) => /b\.kf\..*\.css$/.test(one.url) && one.resource === 'fingerprinted'),
      stdout,
    );
  });

  /** A host that answers with `[status, content]` for a path. */
  async function answering(answer) {
    const server = createServer((request, response) => {
      const [status, content] = answer(request.url);
      response.writeHead(status, { 'content-type': request.url.endsWith('.css') ? 'text/css' : 'text/html' });
      response.end(content);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
  }

  const page = '<!doctype html><link rel=stylesheet href=1.css>';
  const manifest = '{"version": "1", "files": {"of-the-manifest.html": {"url": "x", "integrity": "", "bytes": 0}}}';
  const answers = [
    // name                        the manifest                                   what comes of it
    ['as large as it may be', [200, manifest.padEnd(9 << 20)], 1, /3 resources checked/],
    ['half of one', [200, manifest.slice(0, 50)], 2, /keepfresh\.json is no manifest: EOF/],
    ['a page', [200, page], 1, /3 resources checked/],
    ['none, but one would do', [404, manifest], 1, /3 resources checked/],
  ];
  for (const [name, answer, expected, message] of answers) {
    test(`a manifest: ${name}`, async () => {
      const served = await answering((url) => (url === '/keepfresh.json' ? answer : [200, page]));
      const { status, stdout, stderr } = await check(served.url);
      served.stop();
      assert.match(stdout + stderr, message);
      assert.equal(status, expected);
    });
  }

  test('a site that makes up style sheets for ever', async () => {
    const next = (url) => `@import "${Number.parseInt(url.slice(1), 10) + 1}.css";`;
    let count = 0;
    const of = (status) => (url) => {
      count++;
      return url === '/' ? [200, page] : url.endsWith('.css') ? [status, next(url)] : [404, ''];
    };
    for (const [status, most] of [
      [200, 13],
      [404, 6],
    ]) {
      count = 0;
      const served = await answering(of(status));
      await check(served.url, '--limit', '5');
      served.stop();
      assert.ok(count <= most, `${count} requests`);
    }
  });

  test('a site that is not there', () => {
    const { status, stderr } = keepfresh('check', 'http://127.0.0.1:1/');
    assert.deepEqual([status, /cannot be reached/.test(stderr)], [2, true]);
    assert.match(keepfresh('check', 'example.com').stderr, /write for example https:\/\/example\.com\//);
  });
});
