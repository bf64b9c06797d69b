// A module has one URL in a page, and a worker finds its script: whatever names these, and in whatever way.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, partOf, put, text, urlOf } from './folder.mjs';

const folder = ownFolder('modules');

const MAP = ['--modules', 'import-map'];
const page = (body, head = '') => `<!doctype html><html><head>${head}</head><body>${body}</body></html>`;
const moduleOf = (src) => `<script type="module" src="${src}"></script>`;
const map = (map) => `<script type="importmap">${JSON.stringify(map)}</script>`;

/** What is built, which of the scripts keep their names, and what is precached of it. */
const CASES = [
  {
    what: 'a map that leads a module elsewhere, beside ours',
    files: {
      'index.html': page(
        moduleOf('m.js'),
        map({ imports: { './a.js': './b.js' }, scopes: { '/x/': { './c.js': './b.js' } } }),
      ),
      'm.js': 'import "./a.js"; import "./c.js"; import "./x/d.js"; import "./e.js"',
      'a.js': 'a = 1',
      'b.js': 'b = 1',
      'c.js': 'c = 1',
      'x/d.js': 'import "../c.js"',
      'e.js': 'e = 1',
    },
    options: MAP,
    named: ['a.js', 'c.js'],
    says: {
      'index.html': /"\/e\.js":"\/e\.kf\.\w+\.js".*"\.\/a\.js":"\.\/b\.kf\.\w+\.js".*"\.\/c\.js":"\.\/b\.kf\.\w+\.js"/,
      'm.js': /^import "\.\/a\.js"; import "\.\/c\.js"; import "\.\/x\/d\.js"; import "\.\/e\.js"$/,
    },
  },
  {
    what: 'a worker by its name, that others import',
    files: {
      'index.html': page(moduleOf('m.js')),
      'm.js':
        'import "./work.js"; import "./again.js"; new Worker("work.js"); context.audioWorklet.addModule(`./sound.js`)',
      'again.js': 'import "./sound.js"; import "./other-work.js"',
      'work.js': 'w = 1',
      'other-work.js': 'o = 1',
      'sound.js': 's = 1',
    },
    named: ['sound.js', 'work.js'],
    stored: ['sound.js', 'work.js'],
  },
  {
    what: 'a worker of a script in a page',
    files: {
      'index.html': page(`${moduleOf('m.js')}<script>new Worker("/w.js"); new SharedWorker('s.js')</script>`),
      'm.js': 'import "./w.js"; import "./s.js"',
      'w.js': 'w = 1',
      's.js': 's = 1',
    },
    named: ['s.js'],
    says: { 'index.html': /new Worker\("\/w\.kf\.\w+\.js"\)/ },
    stored: ['s.js'],
  },
  {
    what: 'what workers import has no map, wherever these begin',
    files: {
      'index.html': page(
        '<script type="module">new Worker(new URL("./w.js", import.meta.url), { type: "module" }); import("./v.js")</script>',
      ),
      'v.js': 'new Worker("u.js", { type: "module" })',
      'w.js': 'import "./d.js"',
      'u.js': 'import "./d.js"',
      'd.js': 'd = 1',
    },
    options: MAP,
    says: { 'w.js': /import "\.\/d\.kf\.\w+\.js"/, 'u.js': /import "\.\/d\.kf\.\w+\.js"/ },
  },
  {
    what: 'modules that one script names and another one imports',
    files: {
      'index.html': page(moduleOf('index.js')),
      'index.js': 'import "./view.js"; self.load = (id) => import(`${id}.js`);',
      'view.js': 'import "./dep.js"; import "./other.js"; register("./onnx"); register("./dep"); const d = "./other/";',
      'onnx.js': 'import "./dep.js"',
      'dep.js': 'export const d = {}',
      'other.js': 'export const o = {}',
    },
    named: ['dep.js', 'onnx.js'],
  },
  {
    what: 'modules in a table of another script',
    files: {
      'js/index.js': 'import { table } from "../tables/t.js"; import "./a.js"; import("./b.js"); import(table[n]);',
      'index.html': page(moduleOf('js/index.js')),
      'tables/t.js': 'export const table = { a: "./a.js", z: "/js/z.js" }',
      'tables/a.js': 'export const a = 0',
      'js/a.js': 'export const a = {}',
      'js/b.js': 'import "./z.js"',
      'js/z.js': 'export const z = {}',
    },
    named: ['js/a.js', 'js/z.js'],
  },
  {
    what: 'modules whose folder stands in a variable',
    files: {
      'index.html': page(moduleOf('m.js')),
      'm.js': 'import "./parts/a.js"; import "./b.js"; const dir = "./parts/"; import(dir + name + ".js");',
      'parts/a.js': 'export const a = {}',
      'b.js': 'export const b = {}',
    },
    named: ['parts/a.js'],
  },
  {
    what: 'a module that an element loads as well',
    files: {
      'index.html': page(moduleOf('m.js')),
      'm.js': 'import "./a.js"; import "./b.js"; script.type = "module"; script.src = "a.js"; log("c.js")',
      'a.js': 'export const a = {}',
      'b.js': 'export const b = {}',
    },
    named: ['a.js'],
  },
];

for (const { what, files, options = [], named, says = {}, stored = [] } of CASES) {
  test(what, () => {
    const src = put(join(folder, what.replace(/\W/g, '-')), files);
    const out = `${src}-out`;
    built(src, out, ...options);
    const kept = Object.keys(files).filter((path) => path.endsWith('.js') && urlOf(out, path) === path);
    if (named) assert.deepEqual(kept.sort(), named);
    for (const [path, pattern] of Object.entries(says)) assert.match(text(out, path), pattern);
    const list = text(out, partOf(out, 'list.txt')).split('\n');
    for (const path of stored)
      assert.ok(
        list.some((line) => line.startsWith(`${path}\t`)),
        path,
      );
  });
}
