// How much is precached of what no file spells out.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, partOf, put, text } from './folder.mjs';
import { page, RUNTIME, script, sites, WEBPACK } from './listed.mjs';

const { folder, list } = sites('room');

test('a long list of pictures takes nothing from the code', () => {
  const photos = Object.fromEntries([...'abcdefghi'].map((n) => [`photos/${n}.jpg`, n.repeat(1 << 20)]));
  const { list: listed } = list({
    ...WEBPACK,
    'main.8e3f0a1c.js': `${RUNTIME};x=${JSON.stringify(Object.keys(photos))}`,
    ...photos,
  });
  assert.match(listed, /787\.c4e7f8f9\.js:L/);
  assert.doesNotMatch(listed, /photos/);
});

test('of more than 16 MB none is precached but what is included, and people are told', () => {
  const parts = [
    '8e3f0a1c',
    'c4e7f8f9',
    '0a1b2c3d',
    '9e8d7c6b',
    '5d4c3b2a',
    '1a2b3c4d',
    '6f7e8d9c',
    '2b3a4d5c',
    '7c8b9a0d',
  ];
  const files = Object.fromEntries(parts.map((hash, n) => [`${n}.${hash}.js`, `part(${n});//`.padEnd(2 << 20, 'x')]));
  const src = put(join(folder, 'large'), {
    'index.html': page(script('small.js')),
    'small.js': 'load("a.json")',
    ...files,
    'a.json': '{}',
  });
  const said = () => built(src, `${src}-out`).stderr;
  const listed = () => text(`${src}-out`, partOf(`${src}-out`, 'list.txt')).split('\n').length - 1;
  assert.match(said(), /10 files \(18\.00 MiB\) that scripts may load are not precached/);
  assert.equal(listed(), 2);
  put(src, { 'keepfresh.toml': '[precache]\ninclude = ["0.*"]\n' });
  assert.match(said(), /9 files \(16\.00 MiB\)/);
  assert.equal(listed(), 3);
  put(src, { 'keepfresh.toml': '[precache]\nexclude = ["[0-2].*"]\n' });
  assert.doesNotMatch(said(), /are not precached/);
  assert.equal(listed(), 9);
});

/** What the worker of a site is told of, by its routes. */
const routes = (out) => text(out, 'sw.js').match(/(?<=\\tr 0 )[^ ]+/g) ?? [];

test('a program is precached whatever its size, as far as there is room: of several the smallest first', () => {
  const large = (length) => 'x'.repeat(length << 20);
  const { list: listed, out } = list({
    'index.html': page(script('loader.js')),
    'loader.js': 'load({ wasm: "main.wasm", js: "main.js", small: "main.mjs", poster: "poster.png" })',
    'main.wasm': large(7),
    'main.js': `load("fonts.json");//${large(10)}`,
    'main.mjs': 'load("icons.json")',
    'fonts.json': '{}',
    'icons.json': '{}',
    'poster.png': large(3),
  });
  assert.equal(listed.replaceAll(/\.kf\.\w+/g, '.KF'), '/:R icons.json:L loader.KF.js:R main.mjs:L main.wasm:L');
  // What is too large is kept once it has been loaded.
  assert.deepEqual(routes(out).sort(), ['icons.json', 'main.js', 'main.mjs', 'main.wasm', 'poster.png']);
});

test('what is guessed takes nothing from what is known, and no fingerprints', () => {
  const large = (length) => 'x'.repeat(length << 20);
  const locales = [...'123456789'].map((n) => [`locales/${n}/all.json`, `"${large(1)}"`]);
  const chunk = 'webpackChunk.push([[787],{}])';
  const { list: listed } = list({
    'index.html': page(
      script('main.8e3f0a1c.js'),
      '<script>map("/{z}/{x}/{y}.png", a + "/{n}.css", `${b}${n}.js`, `${b}img/${n}.js`)</script>',
    ),
    'main.8e3f0a1c.js': 'load("locales/{{l}}/{{n}}.json", "data.json"); x = new URL("img/logo.png", import.meta.url)',
    '787.c4e7f8f9.js': chunk,
    '12.0a1b2c3d.js': chunk,
    '31.9e8d7c6b.js': chunk,
    'img/logo.png': 'x',
    'data.json': '{}',
    ...Object.fromEntries(locales),
  });
  const expected =
    '/:R 12.0a1b2c3d.js:L 31.9e8d7c6b.js:L 787.c4e7f8f9.js:L data.json:L img/logo.KF.png:O main.8e3f0a1c.KF.js:R';
  assert.equal(listed.replaceAll(/\.kf\.\w+/g, '.KF'), expected);
});

test('a program is found behind a folder that is not known, whatever its size', () => {
  const { list: listed } = list({
    'index.html': page('<script>const b = "Build"; load(b + "/game.data", `${b}/x-${n}.data`)</script>'),
    'Build/game.data': 'x'.repeat(3 << 20),
    'Build/x-1.data': 'x'.repeat(3 << 20),
  });
  assert.equal(listed, '/:R Build/game.data:L');
});

test('parts take no room from programs, and people are told of a program for which there is none', () => {
  const large = (length) => 'x'.repeat(length << 20);
  const src = put(join(folder, 'programs'), {
    'index.html': page(script('loader.js')),
    'loader.js': 'load({ wasm: "main.wasm", other: "python.mjs" })',
    'python.mjs': 'new URL("python.wasm", import.meta.url)',
    'python.wasm': large(10),
    'main.wasm': large(9),
  });
  const listed = () => text(`${src}-out`, partOf(`${src}-out`, 'list.txt'));
  assert.doesNotMatch(built(src, `${src}-out`).stderr, /are not precached/);
  assert.match(listed(), /^main\.wasm\t/m);
  assert.match(listed(), /^python\..*wasm\t/m);

  put(src, { 'main.wasm': large(17) });
  assert.match(built(src, `${src}-out`).stderr, /1 files \(17\.00 MiB\) that scripts may load are not precached/);
  assert.doesNotMatch(listed(), /main\.wasm/);
});

test('what was too much to be precached is kept once it has been loaded', () => {
  const parts = [...'123456789'].map((n) => [`parts/${n}.bin`, n.repeat(1 << 20)]);
  const { list: listed, out } = list({
    'index.html': page('<script>load(["settings.json"]); for (const n of all) load(`parts/${n}.bin`)</script>'),
    'settings.json': '{}',
    ...Object.fromEntries(parts),
  });
  assert.equal(listed, '/:R settings.json:L');
  assert.deepEqual(routes(out), ['settings.json', 'parts/']);
});
