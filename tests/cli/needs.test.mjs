// How much a version depends on each file: by its kind, by patterns, by pages, by routes.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, partOf, put, text } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('needs');
let count = 0;

const page = (...links) => `<!doctype html><html lang="en">${links.join('')}</html>`;
const script = (src) => `<script src="${src}"></script>`;
const SITE = {
  'index.html': page(script('js/app.js'), '<link rel="stylesheet" href="site.css">', '<img src="a.png" alt="">'),
  'about.html': page(script('js/app.js'), script('js/about.js')),
  'docs/index.html': page(script('../js/docs.js'), '<img src="shot.png" alt="">', '<img src="../a.png" alt="">'),
  'offline.html': page(),
  'js/app.js': 'new URL("../data.json", import.meta.url);',
  'js/about.js': 'about();',
  'js/docs.js': 'docs();',
  'data.json': '{}',
  'site.css': '@font-face { font-family: F; src: url(f.woff2); }',
  'f.woff2': 'font',
  'a.png': 'a',
  'docs/shot.png': 'b',
};

/** What a list says of each file: `R`, `O` or `L`. */
function needs(toml) {
  const src = put(join(folder, `${++count}`), { ...SITE, 'keepfresh.toml': toml });
  built(src, `${src}-out`);
  const lines = text(`${src}-out`, partOf(`${src}-out`, 'list.txt'))
    .trimEnd()
    .split('\n');
  const need = (marks = '') => (marks.includes('l') ? 'L' : marks.includes('o') ? 'O' : 'R');
  return lines
    .map((line) => line.split('\t'))
    .map(([url, , , marks]) => `${url.replace(/\.kf\.\w+/, '') || '/'}:${need(marks)}`)
    .join(' ');
}

const CASES = [
  [
    '',
    '/:R a.png:O about.html:O data.json:R docs/:O docs/shot.png:O f.woff2:O js/about.js:R js/app.js:R js/docs.js:R offline.html:R site.css:R',
  ],
  // What is said of a page holds for what only such pages load.
  [
    '[precache]\nlazy = ["docs/**"]',
    '/:R a.png:O about.html:O data.json:R docs/:L docs/shot.png:L f.woff2:O js/about.js:R js/app.js:R js/docs.js:L offline.html:R site.css:R',
  ],
  [
    '[precache]\noptional = ["about.html"]\nrequired = ["*.woff2"]',
    '/:R a.png:O about.html:O data.json:R docs/:O docs/shot.png:O f.woff2:R js/about.js:O js/app.js:R js/docs.js:R offline.html:R site.css:R',
  ],
  // What is needed most is the exception.
  [
    '[precache]\nlazy = ["**"]\noptional = ["*.css"]\nrequired = ["index.html"]',
    '/:R a.png:L about.html:L data.json:L docs/:L docs/shot.png:L f.woff2:L js/about.js:L js/app.js:L js/docs.js:L offline.html:L site.css:O',
  ],
  [
    '[[routes]]\npath = "docs/*"\nprecache = "lazy"\npolicy = "network-first"\n[[routes]]\nmode = "navigate"\npolicy = "network-first"\nfallback = "offline.html"',
    '/:R a.png:O about.html:O data.json:R docs/:L docs/shot.png:L f.woff2:O js/about.js:R js/app.js:R js/docs.js:L offline.html:R site.css:R',
  ],
];

for (const [toml, expected] of CASES) {
  test(toml.replaceAll('\n', ' ') || 'nothing is said', () => assert.equal(needs(toml), expected));
}

test('files that a bundler has named are marked, and in packs', () => {
  const names =
    'B4x9kQ2a C8dTz1Xy D1kQw8Zp E7mRv3Ls F2nSw9Kt G5pTx4Mu H8qUy6Nv J3rVz7Pw K6sWa2Qx L9tXb5Ry M4uYc8Sz N7vZd3Ta';
  const paths = names.split(' ').map((hash, n) => `assets/part${n}-${hash}.js`);
  const files = Object.fromEntries(paths.map((path, n) => [path, `part(${n});`]));
  const src = put(join(folder, 'bundled'), { ...files, 'index.html': page(...paths.map((path) => script(path))) });
  built(src, `${src}-out`);
  const list = text(`${src}-out`, partOf(`${src}-out`, 'list.txt'));
  for (const path of paths) assert.match(list, new RegExp(`^${path}\\t\\d+\\t\\w{64}\\th$`, 'm'));
  const options = JSON.parse(/^self\.keepfreshOptions=(.*);$/m.exec(text(`${src}-out`, 'sw.js'))[1]);
  assert.deepEqual(options.folders, ['assets/']);
  assert.match(options.packs, /^\w{20} \d+ \d+ 1-12$/);
});

test('what a bundler has named is known by how it begins, however much of it lies among other files', () => {
  const hash = (n) => `B4x9kQ${String.fromCharCode(97 + (n % 26), 97 + ((n / 26) % 26))}`;
  const paths = Array.from({ length: 700 }, (_, n) => `assets/part${n}-${hash(n)}.js`);
  paths.push(`zone-${hash(1)}.js`, `zone-${hash(2)}.js`, `zoo-${hash(3)}.js`);
  const others = ['assets/part.js', 'assets/own.js', 'zebra.js', 'zone.js'];
  const files = Object.fromEntries([...paths, ...others].map((path) => [path, `part("${path}");`]));
  const toml = '[[routes]]\nmode = "navigate"\npolicy = "network-first"\n';
  const src = put(join(folder, 'among'), {
    ...files,
    'index.html': page(...paths.map(script), '<script src="assets/last-C8dTz1Xy.js?v=1"></script>'),
    'assets/last-C8dTz1Xy.js': 'last()',
    'keepfresh.toml': toml,
  });
  built(src, `${src}-out`);
  const { folders } = JSON.parse(/^self\.keepfreshOptions=(.*);$/m.exec(text(`${src}-out`, 'sw.js'))[1]);
  const isKnown = (path) => folders.some((folder) => path.startsWith(folder));
  assert.deepEqual(
    [...paths, 'assets/last-C8dTz1Xy.js'].filter((path) => !isKnown(path)),
    [],
  );
  assert.deepEqual(others.filter(isKnown), []);
  assert.ok(folders.length < 20, folders.join(' '));
});

test('what a bundler has named begins as it does up to its digits, where that is not said too often', () => {
  const paths = ['en/main-B4x9kQ2a.js', 'en/polyfills-C8dTz1Xy.js', 'en/st.yles-E7mRv3Ls.js', 'zone-js-F2nSw9Kt.js'];
  const src = put(join(folder, 'beginnings'), {
    ...Object.fromEntries(paths.map((path) => [path, `part("${path}");`])),
    'en/index.html': page(...paths.map((path) => script(`/${path}`))),
    'keepfresh.toml': '[precache]\nonly = true\n',
  });
  built(src, `${src}-out`);
  const { folders } = JSON.parse(/^self\.keepfreshOptions=(.*);$/m.exec(text(`${src}-out`, 'sw.js'))[1]);
  assert.deepEqual(folders, ['en/main-', 'en/polyfills-', 'en/st.yles-', 'zone-js-']);
});

test("what begins in too many ways takes no route from the site's own data", () => {
  const hash = (n) => `B4x9kQ${String.fromCharCode(97 + (n % 26), 97 + ((n / 26) % 26))}`;
  const paths = Array.from({ length: 800 }, (_, n) => `a${n}-${hash(n)}.js`);
  const src = put(join(folder, 'many'), {
    ...Object.fromEntries(paths.map((path) => [path, `part("${path}");`])),
    'index.html': page(...paths.map(script), '<script>fetch("data/a.json")</script>'),
    'data/a.json': '{}',
  });
  built(src, `${src}-out`);
  const asked = keepfresh('explain', 'data/a.json', `${src}-out`);
  assert.match(asked.stdout, /network-first/, asked.stdout + asked.stderr);
});

test('a route without a path says of no file how much it is needed', () => {
  const toml = '[[routes]]\nmode = "navigate"\nprecache = "lazy"\npolicy = "network-first"\n';
  const src = put(join(folder, 'wrong'), { ...SITE, 'keepfresh.toml': toml });
  const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
  assert.equal(status, 2);
  assert.match(stderr, /routes\[0\]: `precache` is for routes with a `path`/);
});
