// What pages load by names that no file spells out: scripts put them together, or an import map says where they lead.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { text } from './folder.mjs';
import { chunk, page, RUNTIME, script, sites, WEBPACK } from './listed.mjs';

const { list } = sites('unwritten');

const CASES = [
  [
    'parts that a bundler has named',
    WEBPACK,
    '/:R 12.0a1b2c3d.css:L 12.0a1b2c3d.js:L 31.9e8d7c6b.js:L 787.c4e7f8f9.js:L a.png:L main.8e3f0a1c.js:R',
  ],
  [
    'parts of the page for errors that a script of others names',
    {
      'index.html': page(script('_next/static/chunks/main-8e3f0a1c2b3d4e5f.js')),
      '404.html': page(script('_next/static/chunks/pages/_error-c4e7f8f90a1b2c3d.js'), script('404-1a2b3c4d.js')),
      '_next/static/chunks/main-8e3f0a1c2b3d4e5f.js':
        'm={"/_error":["static/chunks/pages/_error-c4e7f8f90a1b2c3d.js"]}',
      '_next/static/chunks/pages/_error-c4e7f8f90a1b2c3d.js': 'show("404.html")',
      '404-1a2b3c4d.js': 'for errors alone',
    },
    '/:R _next/static/chunks/main-8e3f0a1c2b3d4e5f.js:R _next/static/chunks/pages/_error-c4e7f8f90a1b2c3d.js:L',
  ],
  [
    'parts that are excluded, or said more of',
    {
      ...WEBPACK,
      'keepfresh.toml': '[precache]\nexclude = ["12.*"]\nrequired = ["787.*"]\ninclude = ["*.png", "31.*"]\n',
    },
    '/:R 31.9e8d7c6b.js:O 787.c4e7f8f9.js:R a.png:O main.8e3f0a1c.js:R photo.5d4c3b2a.png:O',
  ],
  [
    'parts with plain names keep these, unless a page names them',
    {
      'index.html': page(script('runtime.js'), script('vendor.js')),
      'runtime.js': 'r.u=e=>e+".js"',
      'vendor.js': chunk(1),
      '787.js': chunk(787, 'new URL("./b.json", import.meta.url)'),
      'b.json': '{}',
      'other.js': 'nobody()',
    },
    '/:R 787.js:L b.KF.json:L runtime.KF.js:R vendor.KF.js:R',
  ],
  [
    'what Docsify makes pages of',
    {
      'index.html': page(
        '<script>window.$docsify = { loadSidebar: true }</script>',
        script('//cdn.example/docsify.js'),
      ),
      'README.md': '# A',
      '_sidebar.md': '* [B](guide/b.md)',
      'guide/b.md': '# B',
      'guide/notes.txt': 'for nobody',
    },
    '/:R README.md:L _sidebar.md:L guide/b.md:L',
  ],
  [
    'modules whose names fit what is left of a name',
    {
      'index.html': page('<script type="module" src="app.js"></script>'),
      'app.js': 'export const f = (l) => import(`./locales/${l}.js`); export const g = (n) => import("./any/" + n);',
      'locales/de.js': 'export { x } from "../base.js"',
      'locales/de.js.map': '{}',
      'base.js': 'export const x = 1',
      'any/z.js': 'export {}',
    },
    '/:R app.KF.js:R base.KF.js:L locales/de.js:L',
  ],
  [
    'what is in two pieces, of which a script says the end once and all the beginnings',
    {
      'index.html': page(script('js/loader.js'), '<script type="module" src="js/main.js"></script>'),
      'js/loader.js': `load = (id) => element(base + id + '.js'); data = (l) => fetch(\`\${base}/\${l}.json\`);
        ['view', 'zip', 'gone', 'loader', 'huge'].map(load); data('en');`,
      'js/main.js': 'import "./zip.js"; x("other", ".js")',
      'js/view.js': 'import "./deep.js"',
      'js/zip.js': '',
      'js/deep.js': '',
      'js/en.json': '{}',
      'js/other.js': 'nobody mentions it',
      'js/huge.js': ' '.repeat((2 << 20) + 1),
    },
    // The one that is imported as well is not to be there twice.
    '/:R js/deep.KF.js:L js/en.json:L js/loader.KF.js:R js/main.KF.js:R js/view.js:L js/zip.js:R',
  ],
  [
    'what is in two pieces, of which there is too much, takes the room of nothing else',
    {
      'index.html': page(script('main.js')),
      'main.js': `load = (id) => element(base + id + '.js'); ['a1', 'a2', 'a3', 'a4', 'a5'].map(load);
        i18n("locales/{{lng}}/{{ns}}.json")`,
      ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`a${n}.js`, ' '.repeat(1_900_000)])),
      'locales/de/common.json': '{}',
      'locales/en/common.json': '{}',
    },
    '/:R locales/de/common.json:L locales/en/common.json:L main.KF.js:R',
  ],
  [
    'what is in two pieces lies beside the script, or in a folder that it names',
    {
      'index.html': page(script('vendor/prism.js'), '<script type="module" src="app.js"></script>'),
      'vendor/prism.js':
        'load = (e) => element(e.name + ".js"); ["utils", "store", "router"].map(load); path("parts/")',
      'vendor/router.js': '',
      'vendor/parts/store.js': '',
      'app.js': 'import "./utils.js"; import "./store.js"',
      'utils.js': '',
      'store.js': '',
    },
    '/:R app.KF.js:R store.KF.js:R utils.KF.js:R vendor/parts/store.js:L vendor/prism.KF.js:R vendor/router.js:L',
  ],
  [
    'what specifiers lead to by the folders of an import map',
    {
      'docs/index.html': page(
        '<script type="importmap">{"imports":{"lib/":"../lib/","lib/deep/":"../other/","/docs/old/":"../lib/"}}</script>',
        '<script type="module">import "lib/a.js"</script><script type="module" src="app.js"></script>',
        '<script type="module">import(`lib/pages/${n}.js`); const t = { g: "lib/g.js" }</script>',
      ),
      'docs/app.js': 'import "lib/b.js"; import("lib/deep/c.js?v=1"); import "./old/d.js"; import "lib/none.js"',
      'lib/a.js': '',
      'lib/b.js': 'import "lib/e.js"',
      'lib/d.js': '',
      'lib/e.js': '',
      'lib/f.js': 'nobody imports it',
      'lib/g.js': '',
      'lib/pages/1.js': '',
      'lib/deep/c.js': 'another one is meant',
      'other/c.js': '',
    },
    'docs/:O docs/app.KF.js:R lib/a.js:R lib/b.js:R lib/d.js:R lib/e.js:R lib/g.js:L lib/pages/1.js:L other/c.js:R',
  ],
  [
    'what is included brings what it loads',
    {
      'index.html': page(),
      '404.html': page(),
      'x/a.css': '@import "b.css";',
      'x/b.css': '',
      'keepfresh.toml': '[precache]\ninclude = ["404.html", "x/a.css"]\nlazy = ["x/**"]\n',
    },
    '/:R 404.html:O x/a.css:L x/b.KF.css:L',
  ],
  [
    'what scripts mention, under the names that they mention',
    {
      'index.html': page(
        script('js/game.js'),
        '<script>fetch("data/index.json")</script>',
        '<img src="both.png" alt=""><img src="/drawn.png" alt="">',
        '<script>push("{\\"src\\":\\"/drawn.png\\"}")</script>',
      ),
      'docs/index.html': page('<script>load("shots/a.png", "../data/more.json")</script>'),
      'js/game.js': `load('sky', 'assets/sky.png'); load(["boom.wav", "long.mp3"]); load(\`/assets/tiles.json\`); x('both.png', 'game.js', 'part.js');
        open('manual.pdf'); open('docs/index.html'); load('gone.png'); load('large.png')`,
      'js/part.js': 'import("./deep.js")',
      'js/deep.js': '',
      'assets/sky.png': 'sky',
      'assets/tiles.json': '{}',
      'assets/other.png': 'nobody mentions it',
      'data/index.json': '{}',
      'data/more.json': '{}',
      'docs/shots/a.png': 'a',
      'both.png': 'both',
      'drawn.png': 'shown by the page, and by data in it',
      'boom.wav': 'boom',
      'long.mp3': 'x'.repeat((512 << 10) + 1),
      'manual.pdf': 'pdf',
      'large.png': 'x'.repeat((2 << 20) + 1),
    },
    '/:R assets/sky.png:L assets/tiles.json:L boom.wav:L both.KF.png:O both.png:L data/index.json:L data/more.json:L docs/:O docs/shots/a.png:L drawn.KF.png:O drawn.png:L js/deep.KF.js:L js/game.KF.js:R js/part.js:L',
  ],
  [
    'style sheets of parts, and workers, with plain names',
    {
      'index.html': page(script('main.js'), '<link rel="stylesheet" href="main.css">'),
      'main.js': 'r.u=e=>e+".js";r.miniCssF=e=>e+".css"',
      'main.css': '',
      'about.js': chunk(12),
      'about.css': '',
      '798.js': chunk(798),
      '651.css': '',
      '408.js': '(()=>{var e={};e.m=1})()',
      'other.css': 'nobody()',
      'elsewhere/651.css': 'nobody',
    },
    '/:R 408.js:L 651.css:L 798.js:L about.css:L about.js:L main.KF.css:R main.KF.js:R',
  ],
  [
    'what patterns fit, folders that others are put behind, names of RequireJS, pages and their data',
    {
      'index.html': page('<script data-main="js/main" src="js/require.js"></script>'),
      'about/index.html': page(script('/_next/static/chunks/2igx90knjupm_.js')),
      'about/index.txt': 'data of a page',
      'about/none.txt': 'nobody',
      'js/require.js': '',
      'js/main.js': 'require(["util/a", "x"], (a) => a("parts/menu.html"))',
      'js/util/a.js':
        "define(['x/y'], () => { load.setPath('assets/'); load.image('sky', 'my sky.png'); f(`levels/${n}.json`); f('tiles/t-' + n + '.webp'); f(`./${x}.csv`); f(`deep/${x}/${y}.csv?v=${v}`) })",
      'js/x/y.js': 'define(() => 1)',
      'js/none.js': 'define(() => 1)',
      'assets/my sky.png': 'sky',
      'assets/other.png': 'nobody',
      'levels/1.json': '{}',
      'levels/1/2.json': '{}',
      'deep/a/b.csv': '',
      'js/util/c.csv': '',
      'other/c.csv': '',
      'levels/1.xml': '',
      'tiles/t-2.webp': '',
      'tiles/u-2.webp': '',
      'parts/menu.html': page(),
      '_next/static/chunks/2igx90knjupm_.js': '',
    },
    '/:R _next/static/chunks/2igx90knjupm_.js:R about/:O about/index.txt:L assets/my%20sky.png:L deep/a/b.csv:L js/main.js:L js/require.KF.js:R js/util/a.js:L js/util/c.csv:L js/x/y.js:L levels/1.json:L parts/menu.html:O tiles/t-2.webp:L',
  ],
  [
    'what is put behind a folder that is not known, if one file alone can be meant',
    {
      'play/index.html': page(
        '<script>const b = "Build"; load(b + "/game.loader.js", { data: b+"/game.data", code: `${b}/game.wasm` })</script>',
      ),
      'play/Build/game.loader.js': '',
      'play/Build/game.data': 'data',
      'play/Build/game.wasm': 'wasm',
      'main.js': 'load(`${x}program.mjs`, y + "words.txt")',
      'lib/program.mjs': '',
      'lib/words.txt': '',
      'app.js': 'nobody(x + "/other.json")',
      'a/other.json': '{}',
      'index.html': page(script('main.js'), '<script>f(x + "/both.json"); g("/one.json")</script>'),
      'a/both.json': '{}',
      'b/both.json': '{}',
      'b/one.json': '{}',
    },
    '/:R lib/program.mjs:L lib/words.txt:L main.KF.js:R play/:O play/Build/game.data:L play/Build/game.loader.js:L play/Build/game.wasm:L',
  ],
  [
    'what is put behind a base that is not known, places with names, escapes, and documents in attributes',
    {
      'index.html': page(
        script('main.js'),
        '<script>x = {"url":"\\/data\\/a.json"}</script>',
        '<iframe srcdoc="<link rel=stylesheet href=frame.css><img src=&quot;framed.png&quot;><a href=other.html>x</a>"></iframe>',
      ),
      'main.js':
        'load(`${base}locales/{{lng}}/{{ns}}.json`); map("tiles/{z}/{x}.png", "r\\xe9sum\\u00e9.txt"); load(a + `/b/${c}.txt`, `${a}/min/lunr.${l}.js`, `${a}/in/${l}.txt`)',
      'data/a.json': '{}',
      'locales/de/app.json': '{}',
      'locales/de/app.txt': 'nobody',
      'tiles/1/2.png': 'x',
      'résumé.txt': 'x',
      'b/c.txt': 'x',
      'lib/lunr/min/lunr.de.js': '',
      'lib/lunr/min/other.js': 'nobody',
      'in/a.txt': 'x',
      'c/in/a.txt': 'nobody, for there are two of these folders',
      'frame.css': '',
      'framed.png': 'x',
    },
    '/:R b/c.txt:L data/a.json:L frame.css:L framed.png:L lib/lunr/min/lunr.de.js:L locales/de/app.json:L main.KF.js:R r%C3%A9sum%C3%A9.txt:L tiles/1/2.png:L',
  ],
];

for (const [name, files, expected] of CASES) {
  test(name, () => assert.equal(list(files).list.replaceAll(/\.kf\.\w+/g, '.KF'), expected));
}

test('what is mentioned beside being named keeps its bytes, too', () => {
  const { out } = list({
    'index.html': page(
      '<link rel="stylesheet" href="/_next/static/css/3f0e1d2c4b5a6978.css">',
      '<script>push("x:[\\"/_next/static/css/3f0e1d2c4b5a6978.css\\"]")</script>',
    ),
    '_next/static/css/3f0e1d2c4b5a6978.css': 'a { background: url(/a.png) }',
    'a.png': 'a',
  });
  assert.match(text(out, 'index.html'), /css\/3f0e1d2c4b5a6978\.css/);
});

test('what nobody names keeps its bytes if its name speaks of them', () => {
  const { out } = list({
    ...WEBPACK,
    'named.html': page('<link rel="stylesheet" href="b.1a2b3c4d.css">'),
    'b.1a2b3c4d.css': 'a { background: url(a.png) }',
  });
  assert.equal(text(out, '12.0a1b2c3d.css'), WEBPACK['12.0a1b2c3d.css']);
  assert.ok(existsSync(join(out, 'a.png')));
  // What is named gets a name for its new bytes.
  assert.match(text(out, 'named.html'), /b\.1a2b3c4d\.kf\.\w+\.css/);
});

test('parts of Turbopack keep their names and bytes: others wait for them under these', () => {
  const part =
    '(globalThis.TURBOPACK||(globalThis.TURBOPACK=[])).push([document.currentScript, 1, () => {}]);import("/plain.js")';
  const { out } = list({
    'index.html': page(script('/app/2igx90knjupm_.js'), script('/_next/static/chunks/0gl379obkcvmy.js')),
    'app/2igx90knjupm_.js': part,
    '_next/static/chunks/0gl379obkcvmy.js': part,
    'plain.js': '',
  });
  assert.match(text(out, 'index.html'), /app\/2igx90knjupm_\.js.*chunks\/0gl379obkcvmy\.js/);
  assert.equal(text(out, '_next/static/chunks/0gl379obkcvmy.js'), part);
});
