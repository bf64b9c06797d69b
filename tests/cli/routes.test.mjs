// What a route can say in `keepfresh.toml`, and which parts of the worker it asks for.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, partOf, put, text } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('routes');
let count = 0;
const site = (files) => put(join(folder, `src-${++count}`), files);
const SITE = { 'index.html': '<!doctype html>' };

test('every field of a route can be set', () => {
  const route = {
    path: 'data/:id',
    origin: ['https://example.com', 'https://example.org'],
    mode: 'navigate',
    destination: 'image',
    ignoreQuery: ['utm_source', 'b'],
    policy: 'race',
    fallback: 'index.html',
    maxAgeSeconds: 60,
    staleSeconds: 61,
    keepSeconds: 62,
    maxEntries: 63,
    maxBytes: 64,
    tags: ['a', 'b'],
    headers: 'override',
  };
  const toml = (route) => Object.entries(route).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  const more = [
    { policy: 'network-first', timeoutSeconds: 2.5, ignoreQuery: true },
    { policy: 'network-only', path: '/x' },
    { policy: 'network-only', path: '/y', method: ['POST', 'put'], queue: 'q' },
    { policy: 'http', path: '/z', method: 'query', keyBody: 'json', partition: true },
    { policy: 'race', path: '/o', partition: 'X-User', opaque: true },
  ];
  const routes = [route, ...more].map((one) => `[[routes]]\n${toml(one).join('')}`);
  const src = site({ ...SITE, 'keepfresh.toml': routes.join('') });
  built(src, `${src}-out`);
  const { table } = JSON.parse(/^self\.keepfreshOptions=(.*);$/m.exec(text(`${src}-out`, 'sw.js'))[1]);
  // What is there is what src/route/compiled.rs says: one path before patterns, and what says nothing last.
  const origins = 'https://example.com,https://example.org';
  const kept = `data/:id|navigate|image|${origins} 63 64 62 a,b`;
  assert.deepEqual(table.split('\n'), [
    'a/x',
    '4\t\t0\t2147483648\t\t\t0\t\t\t\t3\t\tPOST,PUT\t/y|||     q\ta 0 /y ',
    '2\t\t\t\t\t\t0\t\t\t\t4\t\tQUERY\t/z|||      * json\ta 0 /z ',
    '4\t\t0\t2147483648\t\t\t0\t\t\t\t2\t\t\t\ta 0 /x ',
    '3\t\t0\t2147483648\t0\t\t0\t\t\t\t5\t\t\t/o|||      x-user  true\ta 0 /o ',
    `3\t1\t60\t61\t0\t1\t16\tutm_source,b\t${origins}\tindex.html\t0\t62\t\t${kept}\tr 0 data/  4  `,
    '3\t\t0\t2147483648\t2500\t\t0\t*\t\t\t1',
  ]);
});

test('what no route asks for is not in the worker', () => {
  const scriptOf = (route) => {
    const src = site({
      ...SITE,
      'keepfresh.toml': `[[routes]]\npath = "a"\npolicy = "stale-while-revalidate"\n${route}`,
    });
    built(src, `${src}-out`);
    return text(`${src}-out`, partOf(`${src}-out`, 'worker.js'));
  };
  const plain = scriptOf('');
  for (const [route, name] of [
    ['partition = true', '-body/'],
    ['method = "POST"\nkeyBody = "bytes"', '-body/'],
    ['opaque = true', '-body/'],
    ['tags = "a"', 'maxEntries'],
  ]) {
    const script = scriptOf(route);
    const parts = script.length - plain.length;
    assert.ok(parts > 1000, `${route} adds ${parts}`);
    assert.ok(script.includes(name), `${route} brings ${name}`);
  }
});

test('a route that means nothing is told of by its number', () => {
  const src = site({ ...SITE, 'keepfresh.toml': '[[routes]]\npolicy = "cache-first"\nopaque = true\n' });
  const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
  assert.deepEqual([status, /routes\[0\]: `opaque` with cache-first needs `keepSeconds`/.test(stderr)], [2, true]);
});

test("a script of the site's own goes in front of the worker's", () => {
  const own = 'self.addEventListener("push", () => {}) // no semicolon';
  const src = site({ ...SITE, 'lib/own.js': own, 'keepfresh.toml': 'own-worker = "lib/own.js"' });
  built(src, `${src}-out`);
  const script = text(`${src}-out`, 'sw.js');
  assert.ok(script.indexOf(own) > 0 && script.indexOf(own) < script.indexOf('self.keepfreshOptions='));
  assert.ok(!existsSync(join(`${src}-out`, 'lib/own.js')), 'it is no file of the site');
  for (const [source, place] of [
    ['\nconst a = 1;\n  import "./b.js"', '3:3: only modules have import and export'],
    ['self.a = 1;\nself.b = ;', '2:10: '],
  ]) {
    put(src, { 'lib/own.js': source });
    const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
    assert.equal(status, 2);
    assert.ok(stderr.includes(`own-worker: lib/own.js:${place}`), stderr);
  }
  assert.equal(text(`${src}-out`, 'sw.js'), script, 'what was there stays');
  put(src, { 'keepfresh.toml': 'own-worker = "own.js"' });
  const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
  assert.equal(status, 2);
  assert.match(stderr, /own-worker: own\.js is not in the folder; name a file by its path/);
});

test('what keys a route has is explained', () => {
  const toml = `
[[routes]]
path = "graphql"
method = "POST"
keyBody = "graphql"
partition = true
policy = "cache-first"

[[routes]]
origin = "https://cdn.example"
policy = "stale-while-revalidate"
opaque = true
partition = "X-User"
`;
  const src = site({ ...SITE, 'keepfresh.toml': toml });
  built(src, `${src}-out`);
  const because = (...args) => JSON.parse(keepfresh('explain', ...args, `${src}-out`, '--json').stdout).because;
  assert.match(
    because('/graphql', '--method', 'POST'),
    /fresh for ever.*apart for each partition.*not at all before; the body is part of the key, as graphql$/,
  );
  assert.match(because('https://cdn.example/a.png'), /apart for each value of x-user; opaque responses are kept$/);
});
