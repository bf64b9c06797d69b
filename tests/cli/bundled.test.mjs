// Modules that bundlers have written, some of which get new names: each of them is there once, whoever names it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, namesIn, ownFolder, partOf, put, text } from './folder.mjs';

const folder = ownFolder('bundled');

const PRELOAD = 'function pre(f, deps) { return f(); }\n';
const PAGE = '<!doctype html><script type="module" src="/assets/index-B4x9kQ2a.js"></script>';

/** A page with a chunk, both of which change since `plain.js` has no fingerprint yet. */
const vite = (entry) => ({
  'index.html': PAGE,
  'assets/plain.js': 'export {};',
  'assets/index-B4x9kQ2a.js': `${PRELOAD}import "./plain.js"; export const state = {};\n${entry}`,
  'assets/Page-C7yQk2Lm.js': 'import { state } from "./index-B4x9kQ2a.js"; export const used = state;',
  'assets/Page-F2bUo5Rk.css': 'body { color: red }',
});

/** What is built, and of which modules every name that is said anywhere has to be the same, and which of them get new names or keep theirs. */
const CASES = [
  {
    what: 'the list of Vite 5.2 and later',
    files: vite(
      'const __vite__mapDeps=(i,m=__vite__mapDeps,d=(m.f||(m.f=["assets/Page-C7yQk2Lm.js","assets/Page-F2bUo5Rk.css"])))=>i.map(i=>d[i]);pre(()=>import("./Page-C7yQk2Lm.js"),__vite__mapDeps([0,1]));',
    ),
    once: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
    changed: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
  },
  {
    what: 'the list of Vite 5.1',
    files: vite(
      'const __vite__fileDeps=["assets/Page-C7yQk2Lm.js","assets/Page-F2bUo5Rk.css"],__vite__mapDeps=i=>i.map(i=>__vite__fileDeps[i]);pre(()=>import("./Page-C7yQk2Lm.js"),__vite__mapDeps([0,1]));',
    ),
    once: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
    changed: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
  },
  {
    what: 'the list of Vite 5.0',
    files: vite(
      'function __vite__mapDeps(indexes) { if (!__vite__mapDeps.viteFileDeps) { __vite__mapDeps.viteFileDeps = ["assets/Page-C7yQk2Lm.js","assets/Page-F2bUo5Rk.css"] } return indexes.map((i) => __vite__mapDeps.viteFileDeps[i]) } pre(()=>import("./Page-C7yQk2Lm.js"),__vite__mapDeps([0,1]));',
    ),
    once: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
    changed: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
  },
  {
    what: 'the lists of Vite 4 and before',
    files: vite('pre(()=>import("./Page-C7yQk2Lm.js"),["assets/Page-C7yQk2Lm.js","assets/Page-F2bUo5Rk.css"]);'),
    once: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
    changed: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
  },
  {
    what: 'the lists of Vite 4 for a site that may lie anywhere',
    files: vite(
      'pre(()=>import("./Page-C7yQk2Lm.js"),true?["./Page-C7yQk2Lm.js","./Page-F2bUo5Rk.css"]:void 0,import.meta.url);',
    ),
    once: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
    changed: ['Page-C7yQk2Lm', 'index-B4x9kQ2a'],
  },
  {
    what: 'a list beside an import that is none of Vite',
    files: {
      'index.html':
        '<!doctype html><script type="module" src="app/main.js"></script><link rel="stylesheet" href="theme.css">',
      'app/main.js': 'lazy(() => import("./a.js"), ["a.js", "theme.css"]);',
      'app/a.js': 'export {};',
      'app/theme.css': 'a {}',
      'theme.css': 'b {}',
    },
    once: ['a'],
    kept: ['a'],
    says: '["a.js", "theme.css"]',
  },
  {
    what: 'what a chunk imports that keeps its name',
    files: {
      'index.html': PAGE,
      'assets/plain.js': 'export {};',
      'assets/index-B4x9kQ2a.js': "import './store-D8zRm3Nk.js'; import './external-C7yQk2Lm.js';",
      'assets/store-D8zRm3Nk.js': "import './deep-F9zRm3Nk.js'; export const state = {};",
      'assets/deep-F9zRm3Nk.js': "import './plain.js'; export const deep = {};",
      'assets/external-C7yQk2Lm.js': "import './store-D8zRm3Nk.js';",
      'assets/tool-E9aSn4Pj.js': 'export const name = (r) => `external-${r}.js`;',
    },
    once: ['store-D8zRm3Nk', 'external-C7yQk2Lm', 'deep-F9zRm3Nk'],
  },
  {
    what: 'what is imported by a chunk that a manifest in a script names',
    files: {
      'index.html':
        '<!doctype html><script type="module">import "./assets/manifest-A3b9Kq2Z.js"; import { start } from "./assets/entry-B4x9kQ2a.js"; start();</script>',
      'assets/entry-B4x9kQ2a.js':
        "import { context } from './context-E9aSn4Pj.js'; export const start = () => import(window.manifest.root.module);",
      'assets/context-E9aSn4Pj.js': "export const context = { logo: new URL('/logo.svg', import.meta.url).href };",
      'assets/manifest-A3b9Kq2Z.js': "window.manifest = { root: { module: '/assets/root-C7yQk2Lm.js' } };",
      'assets/root-C7yQk2Lm.js': "import { context } from './context-E9aSn4Pj.js'; export const used = context;",
      'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    },
    once: ['context-E9aSn4Pj', 'root-C7yQk2Lm'],
  },
  {
    what: 'what a chunk imports whose digest a page gives',
    files: {
      'index.html':
        '<!doctype html><script type="module" src="/assets/index-B4x9kQ2a.js"></script><script type="module" src="/assets/used-C7yQk2Lm.js" integrity="sha384-x"></script>',
      'assets/plain.js': 'export {};',
      'assets/index-B4x9kQ2a.js': "import './store-D8zRm3Nk.js';",
      'assets/used-C7yQk2Lm.js': "import './store-D8zRm3Nk.js';",
      'assets/store-D8zRm3Nk.js': "import './plain.js'; export const state = {};",
    },
    once: ['store-D8zRm3Nk', 'used-C7yQk2Lm'],
  },
  {
    what: 'what only seems to be put together',
    files: {
      'index.html': PAGE,
      'assets/plain.js': 'export {};',
      'assets/index-B4x9kQ2a.js': "import './externalSecrets-C7yQk2Lm.js';",
      'assets/externalSecrets-C7yQk2Lm.js': "import './plain.js';",
      'assets/tool-E9aSn4Pj.js': 'export const name = (r) => `external${r}.js`;',
    },
    once: ['externalSecrets-C7yQk2Lm'],
    changed: ['externalSecrets-C7yQk2Lm', 'index-B4x9kQ2a'],
  },
  {
    what: 'what is imported with es-module-shims',
    files: {
      'index.html':
        '<!doctype html><script type="importmap-shim">{"imports":{"lib":"./m/lib.js"}}</script><script type="module-shim">import "lib"; import "./m/main.js"; importShim("./m/lib.js")</script><script>self.importShim("./m/lib.js")</script><p onclick="importShim(\'/m/lib.js\')">',
      'm/main.js': "import '/m/lib.js'; importShim('/m/lib.js'); importShim('./lib.js', import.meta.url);",
      'm/lib.js': 'export const x = {};',
    },
    once: ['lib'],
    changed: ['lib'],
  },
  {
    what: 'what is imported, and loaded by an element that a script makes',
    files: {
      'index.html': '<!doctype html><script type="module" src="m/main.js"></script>',
      'm/main.js':
        "import './base.js'; const s = document.createElement('script'); s.type = 'module'; s.src = './base.js'; document.head.append(s);",
      'm/base.js': 'window.n = 1;',
    },
    once: ['base'],
    changed: ['main'],
  },
  {
    what: 'what is imported, and loaded by elements that a script makes of names',
    files: {
      'index.html': '<!doctype html><script src="m/index.js"></script>',
      'm/index.js':
        "for (const id of ['base', 'view']) { const s = document.createElement('script'); s.type = 'module'; s.src = id + '.js'; document.head.append(s); }",
      'm/base.js': 'window.n = 1;',
      'm/view.js': "import './base.js'; import './other.js';",
      'm/other.js': 'window.o = 1;',
    },
    once: ['base', 'other'],
    changed: ['index', 'other'],
    kept: ['base'],
  },
];

for (const { what, files, once, changed = [], kept = [], says = '' } of CASES) {
  test(what, () => {
    const src = put(join(folder, what.replace(/\W/g, '-')), files);
    const out = `${src}-out`;
    built(src, out);
    const served = JSON.parse(text(out, 'keepfresh.json')).files;
    const texts = Object.values(served).map(({ url }) => text(out, url));
    assert.ok(texts.some((text) => text.includes(says)));
    for (const stem of once) {
      const said = texts.flatMap((said) => said.match(new RegExp(`\\b${stem}(\\.kf\\.\\w+)?\\.js\\b`, 'g')) ?? []);
      const { url } = served[Object.keys(files).find((path) => path.endsWith(`/${stem}.js`))];
      assert.deepEqual([...new Set(said)], [url.split('/').at(-1)], stem);
    }
    const isRenamed = (stem) => namesIn(out).some((name) => name.endsWith(`/${stem}.kf.X.js`));
    assert.deepEqual([...changed, ...kept].filter(isRenamed), changed);
  });
}

test('a name that was made before its bytes were is not believed, where those beside it are digests', () => {
  const digits = (text) => createHash('sha256').update(text).digest('hex').slice(0, 8);
  // As mdBook does: the digits are those of what the script was before the name of its index came into it.
  const release = (words) => {
    const index = `index(${JSON.stringify(words)})`;
    const files = { 'toc.js': 'toc()', 'book.css': 'b{}', 'index.js': index };
    const named = Object.entries(files).map(([name, text]) => [name.replace('.', `-${digits(text)}.`), text]);
    const search = ['search-c2a407aa.js', `load(root + "index-${digits(index)}.js")`];
    const map = [`${named[0][0]}.map`, '{}'];
    const page = '<!doctype html><html lang="en"><script src="search-c2a407aa.js"></script></html>';
    return Object.fromEntries([...named, map, search, ['index.html', page]]);
  };
  const [one, two] = ['one', 'two'].map((name) => put(join(folder, `before-${name}`), release([name])));
  built(one, `${one}-out`);
  built(two, `${two}-out`, '--against', `${one}-out`);
  const served = JSON.parse(text(`${two}-out`, 'keepfresh.json')).files;
  assert.match(served['search-c2a407aa.js'].url, /^search-c2a407aa\.kf\.\w+\.js$/);
  assert.equal(Object.entries(served).filter(([path, file]) => file.immutable && path === file.url).length, 4);
  assert.match(text(`${two}-out`, 'index.html'), /search-c2a407aa\.kf\./);
});

test('a name that was made before its bytes were minified is believed: nothing that changes came into them', () => {
  const digits = (text) => createHash('sha256').update(text).digest('hex').slice(0, 8);
  // As rustdoc does: fonts are what they were, scripts are not, and one of them is asked for by what the page says of it.
  const fonts = ['one', 'two'].map((text) => [`static/Font-${digits(text)}.woff2`, text]);
  const search = ['static/search-63369b7b.js', 'search()'];
  const main = ['static/main-8b4c2f1d.js', 'load(document.body.dataset.search)'];
  const links = fonts.map(([path]) => `<link rel="preload" as="font" href="${path}" crossorigin>`).join('');
  const body = `<body data-search="static/search-63369b7b.js"><script src="${main[0]}"></script>`;
  const page = `<!doctype html><html lang="en"><title>x</title>${links}${body}</html>`;
  const src = put(join(folder, 'minified'), Object.fromEntries([...fonts, search, main, ['index.html', page]]));
  built(src, `${src}-out`);
  const served = JSON.parse(text(`${src}-out`, 'keepfresh.json')).files;
  const isItself = ([path, file]) => file.immutable && path === file.url;
  assert.deepEqual(Object.entries(served).filter(isItself).length, 4);
  assert.match(text(`${src}-out`, partOf(`${src}-out`, 'list.txt')), /static\/search-63369b7b\.js\t/);
});
