// What people and machines are told: summaries, JSON, schema, completions, and what a watch does.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, put, text, urlOf } from './folder.mjs';
import { keepfresh, PROGRAM } from './run.mjs';

const folder = ownFolder('people');
const SITE = {
  'index.html': '<!doctype html><link rel=stylesheet href=a.css><img src=none.png><a href=https://x.example/>x</a>',
  'a.css': 'a{}',
  'a.js': 'import(name)',
};

test('a summary for people, and one for machines', () => {
  const src = put(join(folder, 'summary'), SITE);
  const { stderr } = built(src, `${src}-out`);
  assert.match(stderr, /built .* in \d+\.\d\d s: 3 files \(.*\), 2 fingerprinted/);
  assert.match(
    stderr,
    /4 references: 1 rewritten; left alone: 0 to .*, 1 to elsewhere, 1 put together.*, 1 to nothing/,
  );
  assert.match(stderr, /largest: index\.html/);
  const { stdout, stderr: silent } = built(src, `${src}-out`, '--json');
  assert.equal(silent, '');
  const summary = JSON.parse(stdout);
  assert.deepEqual(summary.references, { rewritten: 1, kept: 0, outside: 1, unknown: 1, missing: 1 });
  assert.deepEqual([summary.outcome, summary.files, summary.fingerprinted], ['unchanged', 3, 2]);
  const { path, line, column, code, severity } = summary.findings[0];
  assert.deepEqual([path, line, column, code, severity], ['index.html', 1, 57, 'missing-file', 'warning']);
});

test('a line of a minified file is shown around the place', () => {
  const src = put(join(folder, 'long'), { 'a.css': `${'a{}'.repeat(9999)}b{c:url(none.png)}${'d{}'.repeat(9999)}` });
  const { stderr } = built(src, `${src}-out`);
  assert.match(stderr, /a\.css:1:30006[^]*url\(none\.png\)/);
  assert.ok(stderr.length < 2000);
});

test('a dry run writes nothing', () => {
  const src = put(join(folder, 'dry'), SITE);
  const { stdout } = built(src, `${src}-out`, '--dry-run');
  assert.match(stdout, /^\+ a\.kf\.[0-9a-f]{20}\.css$/m);
  assert.ok(!existsSync(`${src}-out`));
  assert.ok(!existsSync(join(folder, '.dry-out.keepfresh-cache')));
});

test('which route answers is told, and why no other does', () => {
  const toml = `[[routes]]
policy = "network-only"
path = "api/*"

[[routes]]
policy = "stale-while-revalidate"
path = "api/news/*"
staleSeconds = 60
ignoreQuery = ["utm_source"]

[[routes]]
policy = "cache-first"
origin = "https://cdn.example"
destination = ["image", "font"]

[[routes]]
policy = "network-first"
mode = "navigate"
fallback = "index.html"
`;
  const src = put(join(folder, 'explain'), { ...SITE, 'keepfresh.toml': toml });
  built(src, `${src}-out`, '--base', '/app/');
  const explain = (...args) => JSON.parse(keepfresh('explain', ...args, `${src}-out`, '--json').stdout);
  const asset = urlOf(`${src}-out`, 'a.css');
  const cases = [
    [['/app/api/news/1?x'], 'route', /^routes\[1\]: the store, and then .* stale for 60 s; these .* utm_source$/],
    [['api/users'], 'browser', /the route is network-only/],
    [['api/news/1', '--method', 'post'], 'browser', /changes something/],
    [['api/news/1', '--no-store'], 'browser', /no-store/],
    [['/elsewhere'], 'browser', /no route is for it/],
    [['/app/page', '--navigate'], 'route', /^routes\[3\]: the network; the store .*; else .*\/app\/index\.html$/],
    [['https://cdn.example/a.png', '--destination', 'image'], 'route', /^routes\[2\]: the store; .* fresh for ever/],
    [['https://cdn.example/a.js', '--destination', 'script'], 'browser', /no route/],
    [[asset, '--destination', 'style'], 'asset', /fingerprint/],
  ];
  for (const [args, answer, because] of cases) {
    const told = explain(...args);
    assert.equal(told.answer, answer, JSON.stringify(told));
    assert.match(told.because, because);
  }
  const { routes } = explain('/app/api/news/1');
  assert.deepEqual(
    routes.map(({ route, not }) => [route, not]),
    [
      ['routes[1]', undefined],
      ['routes[0]', 'routes[1] says more of the request'],
      ['routes[2]', 'it is for another origin'],
      ['routes[3]', 'it is for navigations'],
    ],
  );
  assert.match(keepfresh('explain', '/app/x', `${src}-out`).stdout, /^https:.*\/app\/x\n {2}browser: no route/);
  assert.match(keepfresh('explain', '/', join(folder, 'nowhere')).stderr, /build the site first/);
});

test('routes come out of a configuration of Workbox, and can be built with', () => {
  const src = put(join(folder, 'import'), SITE);
  const config = `module.exports = {
  globDirectory: 'dist',
  runtimeCaching: [
    { urlPattern: /\\.(?:png|gif)$/, handler: 'CacheFirst', options: { expiration: { maxAgeSeconds: 24 * 60 * 60 } } },
    { urlPattern: ({ url }) => url.pathname.startsWith('/api/'), handler: 'NetworkFirst', options: { networkTimeoutSeconds: 3 } },
    { urlPattern: ({ url }) => known.has(url.pathname), handler: 'NetworkOnly' },
  ],
};`;
  put(folder, { 'workbox-config.js': config });
  const { status, stdout, stderr } = keepfresh('import', join(folder, 'workbox-config.js'));
  assert.equal(status, 1, stderr);
  assert.match(stderr, /3 routes; 1 places could not be said by a route/);
  assert.match(stdout, /^# line 6: left out: `known\.has\(url\.pathname\)` says more than a route can$/m);
  put(src, { 'keepfresh.toml': stdout });
  built(src, `${src}-out`);
  const told = JSON.parse(keepfresh('explain', '/api/x', `${src}-out`, '--json').stdout);
  assert.match(told.because, /^routes\[2\]: the network; the store after 3 s/);

  const nothing = keepfresh('import', join(src, 'a.js'));
  assert.deepEqual([nothing.status, /nothing of Workbox/.test(nothing.stderr)], [2, true]);
  const fault = keepfresh('import', join(src, 'index.html'));
  assert.deepEqual([fault.status, /index\.html is not JavaScript/.test(fault.stderr)], [2, true]);

  const deep = {
    'open.js': `registerRoute(${'('.repeat(50_000)}`,
    'lists.js': `registerRoute(${'['.repeat(20_000)}${']'.repeat(20_000)}, new CacheFirst())`,
    'both.js': `registerRoute(() => ${'true && '.repeat(20_000)}true, new CacheFirst())`,
  };
  put(folder, deep);
  const statuses = Object.keys(deep).map((name) => keepfresh('import', join(folder, name)).status);
  assert.deepEqual(statuses, [2, 1, 0]);
});

test('the schema knows every setting', () => {
  const schema = JSON.parse(keepfresh('schema').stdout);
  for (const name of [
    'attributes',
    'compress',
    'exclude',
    'headers',
    'integrity',
    'json',
    'keep',
    'modules',
    'names',
    'own-worker',
    'routes',
    'severity',
  ])
    assert.ok(schema.properties[name].description ?? schema.properties[name].$ref, name);
});

test('a reader who has gone is no fault', () => {
  const src = put(join(folder, 'gone'), SITE);
  built(src, `${src}-out`);
  const script = `"$0" verify "$1" --json 2>&1 | true; exit "\${PIPESTATUS[0]}"`;
  const { status } = spawnSync('bash', ['-c', script, PROGRAM, `${src}-out`]);
  assert.notEqual(status, 101);
  const asked = keepfresh('explain', '/pic', `${src}-out`, '--destination', 'img');
  assert.deepEqual([asked.status, /--destination: img is none; there are audio/.test(asked.stderr)], [2, true]);
});

test('completions for shells', () => {
  for (const shell of ['bash', 'zsh', 'fish']) assert.match(keepfresh('completions', shell).stdout, /dry-run/);
});

test('a watch builds again when something changes, and survives mistakes', async () => {
  const src = put(join(folder, 'watch'), SITE);
  const out = join(src, 'dist');
  const child = spawn(PROGRAM, ['build', src, '--out', out, '--watch']);
  let said = '';
  child.stderr.on('data', (piece) => (said += piece));
  const until = async (pattern) => {
    for (let n = 0; n < 400 && !pattern.test(said); n++) await new Promise((resolve) => setTimeout(resolve, 25));
    assert.match(said, pattern);
    said = '';
  };
  try {
    await until(/watching/);
    const before = urlOf(out, 'a.css');
    put(src, { 'a.css': 'b{}' });
    await until(/built/);
    assert.notEqual(urlOf(out, 'a.css'), before);
    put(src, { 'keepfresh.toml': 'x' });
    await until(/keepfresh\.toml cannot be used/);
    put(src, { 'keepfresh.toml': '' });
    await until(/up to date/);
    assert.match(text(out, 'index.html'), /a\.kf\./);
  } finally {
    child.kill();
  }
});

test('another service worker of the same scope is warned of', () => {
  const worker = 'self.skipWaiting(); self.addEventListener("fetch", (e) => e.respondWith(fetch(e.request)));';
  const src = put(join(folder, 'rival'), { ...SITE, 'other.js': worker, 'push/sw.js': worker });
  const others = (...options) => {
    const { findings } = JSON.parse(built(src, `${src}-out`, '--json', ...options).stdout);
    return findings.filter(({ code }) => code === 'other-worker').map(({ path, severity }) => `${severity} ${path}`);
  };
  assert.deepEqual(others(), ['warning other.js']);
  // One that only takes itself away is told to let ours be.
  const leaves = 'self.skipWaiting(); self.registration.unregister();';
  put(src, { 'leaves.js': leaves });
  assert.deepEqual(others(), ['warning other.js']);
  const written = text(`${src}-out`, 'leaves.js');
  assert.ok(written.endsWith(leaves) && written.length > leaves.length, written);
  for (const toml of ['own-worker = "other.js"', 'retire = true', '[severity]\nother-worker = "off"']) {
    put(src, { 'keepfresh.toml': `${toml}\n` });
    assert.deepEqual(others(), [], toml);
  }
});

test('what pages and other scopes have of workers that leave stays as it is', () => {
  const leaves = 'self.skipWaiting(); self.registration.unregister();';
  const ofPages =
    "r.waiting.postMessage('skipWaiting'); navigator.serviceWorker.ready.then((registration) => registration.unregister());";
  const src = put(join(folder, 'leaving'), {
    ...SITE,
    'leaves.js': leaves,
    'page.js': ofPages,
    'docs/chunk.js': leaves,
  });
  built(src, `${src}-out`);
  const written = (path) => text(`${src}-out`, path);
  assert.deepEqual(['page.js', 'docs/chunk.js'].map(written), [ofPages, leaves]);
  // Whoever has been taken for one all the same goes on in a page.
  const guard = written('leaves.js').slice(0, -leaves.length);
  new Function('self', guard)({});
  assert.throws(() => new Function('self', guard)({ registration: { active: { scriptURL: '/sw.js' } } }), /in charge/);
});

test('a pattern that matches no file is told of, with its place', () => {
  const toml = `exclude = ["drafts/**"]
[names]
keep = ["a.css", "downloads/**"]
[precache]
lazy = ['pics/*.avif']
[headers]
groups = { "docs/**" = ["docs"], "*.html" = ["pages"] }
[[json]]
files = "data/*.json"
pointers = ["/image"]
`;
  const src = put(join(folder, 'idle'), { ...SITE, 'keepfresh.toml': toml });
  const told = (...options) => {
    const { findings } = JSON.parse(built(src, `${src}-out`, '--json', ...options).stdout);
    const idle = findings.filter(({ code }) => code === 'unmatched');
    return idle.map(({ path, line, column, message }) => `${path}:${line}:${column}: ${message.split(' matches')[0]}`);
  };
  const expected = [
    'keepfresh.toml:5:9: precache.lazy: "pics/*.avif"',
    'keepfresh.toml:3:18: names.keep: "downloads/**"',
    'keepfresh.toml:9:9: json.files: "data/*.json"',
    'keepfresh.toml:7:12: headers.groups: "docs/**"',
  ];
  assert.deepEqual(told(), expected);
  put(src, { 'keepfresh.toml': `${toml}[severity]\nunmatched = "off"\n` });
  assert.deepEqual(told(), []);
});
