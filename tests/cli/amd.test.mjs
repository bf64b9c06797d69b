// What pages load by names without an extension, behind plugins, from a folder that another text says, or that data names.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { built, partOf, put, text } from './folder.mjs';
import { page, script, sites } from './listed.mjs';

const { folder, list } = sites('amd');

const CASES = [
  [
    'what plugins load, and texts for each language',
    {
      'index.html': page('<script data-main="js/main" src="js/require.js"></script>'),
      'js/require.js': '',
      'js/main.js': `define(["text!parts/menu.html", "dojo/text!./parts/foot.html", "json!../data.json",
        "i18n!app/nls/words", "a b!gone.js", "domReady!"], f)`,
      'js/parts/menu.html': '<p>menu</p>',
      'js/parts/foot.html': '<p>foot</p>',
      'js/app/nls/words.js': 'define({ root: {}, de: true })',
      'js/app/nls/de/words.js': 'define({})',
      'js/app/nls/de/others.js': 'define({})',
      'data.json': '{}',
    },
    '/:R data.json:L js/app/nls/de/words.js:L js/app/nls/words.js:L js/main.js:L js/parts/foot.html:O js/parts/menu.html:O js/require.KF.js:R',
  ],
  [
    'what a bundle of named modules leaves outside, wherever it begins to define them',
    {
      'index.html': page(script('vs/main.js')),
      'vs/main.js': `/*${'-'.repeat(300)}*/define("vs/base/a",["require"],f);define("vs/main",["vs/base/a","text/html"],(a)=>{
        load(() => new Promise((ok, no) => require(["vs/language/json"], ok, no)));a("zip")})`,
      'vs/language/json.js': 'define("vs/language/json",["vs/words/de"],f)',
      'vs/words/de.js': 'define({})',
      'vs/zip.js': 'nobody: words without a folder are everywhere',
      'vs/other.js': 'nobody',
    },
    '/:R vs/language/json.js:L vs/main.KF.js:R vs/words/de.js:L',
  ],
  [
    'a library that could be defined is no bundle of modules',
    {
      'index.html': page(script('lib.js')),
      'lib.js': `/*${'-'.repeat(300)}*/typeof define=='function'&&define.amd?define("lib",["a/b"],f):f(); g("c/d")`,
      'a/b.js': '',
      'c/d.js': '',
    },
    '/:R lib.KF.js:R',
  ],
  [
    'modules of SeaJS in a page',
    {
      'index.html': page(
        script('sea.js'),
        '<script>seajs.config({alias:{lib:"js/lib.min"}}); seajs.use(["lib"])</script>',
      ),
      'sea.js': '',
      'js/lib.min.js': '',
    },
    '/:R js/lib.min.js:L sea.KF.js:R',
  ],
  [
    'names of files whose folder is said elsewhere, if one file alone is called so',
    {
      'index.html': page(
        script('js/main.js'),
        '<script>require(["ui/form/select"], f); load("other/gone.png")</script>',
      ),
      'js/main.js': `x = { path: "./img/ob", files: ["route.svg", "two.svg", "/root.svg", "sub/deep.png", "my.min.js"] }`,
      'img/ob/route.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'img/ob/two.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'img/other/two.svg': '<svg xmlns="http://www.w3.org/2000/svg"><g/></svg>',
      'img/root.svg': '<svg xmlns="http://www.w3.org/2000/svg"><a/></svg>',
      'img/sub/deep.png': 'deep',
      'img/gone.png': 'in another folder',
      'lib/my.min.js': '',
      'lib/ui/form/select.js': '',
    },
    '/:R img/ob/route.svg:L img/sub/deep.png:L js/main.KF.js:R lib/my.min.js:L lib/ui/form/select.js:L',
  ],
  [
    'what data names that scripts load, which says nothing of the names of modules',
    {
      'index.html': page('<script type="module" src="app.js"></script>', '<link rel="stylesheet" href="a.css">'),
      'app.js': 'import "./lib.js"; load("style.json"); load("models/ship.gltf"); load("list.json"); load("all.json")',
      'lib.js': '',
      'a.css': '',
      'style.json':
        '{"sprite":"\\/map\\/sprite.png","data":"map/a.geojson","tiles":["map/{z}/{x}.png"],"gone":"b.png"}',
      'list.json': '{"modules":["lib.js","a.css"]}',
      // An atlas: names of frames, which are no files, and its picture at last.
      'all.json': JSON.stringify([...Array.from({ length: 5000 }, (_, n) => `z${n}.png`), 'atlas.png']),
      'atlas.png': 'atlas',
      'map/sprite.png': 'sprite',
      'map/a.geojson': '{}',
      'map/1/2.png': 'tile',
      'map/1/2.txt': 'nobody',
      'models/ship.gltf': '{"buffers":[{"uri":"ship.bin"}],"images":[{"uri":"hull.png"}]}',
      'models/ship.bin': 'bin',
      'models/hull.png': 'hull',
      'other.json': '{"a":"unasked.png"}',
      'unasked.png': 'nobody loads the list',
    },
    '/:R a.KF.css:R all.json:L app.KF.js:R atlas.png:L lib.KF.js:R list.json:L map/1/2.png:L map/a.geojson:L map/sprite.png:L models/hull.png:L models/ship.bin:L models/ship.gltf:L style.json:L',
  ],
  [
    'what is put together for browsers without templates',
    {
      'index.html': page(script('lib/editor.js')),
      'lib/editor.js':
        'load("".concat(o.cdn,"/js/icons/").concat(o.icon,".js")); start("".concat(o.cdn.replace(/\\/$/,""),fast?"/core-simd.js":"/core.js")); x(cdn + "/langs/" + n + ".json")',
      'lib/js/icons/ant.js': '',
      'lib/js/other.js': 'nobody',
      'lib/core-simd.js': '',
      'lib/core.js': '',
      'lib/langs/de.json': '{}',
    },
    '/:R lib/core-simd.js:L lib/core.js:L lib/editor.KF.js:R lib/js/icons/ant.js:L lib/langs/de.json:L',
  ],
  [
    'what one page names in its markup, and another one by a script',
    {
      'index.html': page(script('lib.js'), script('both.js')),
      'more.html': page(script('load.js')),
      'load.js': 'load("lib.js"); load("both.js")',
      'both.html': page(script('both.js'), script('load.js'), script('lib.js')),
      'same.html': page(script('same.js'), '<script>load("same.js")</script>'),
      'lib.js': '1',
      'both.js': '2',
      'same.js': '3',
    },
    '/:R both.html:O both.js:L both.KF.js:R lib.js:L lib.KF.js:R load.KF.js:R more.html:O same.html:O same.KF.js:R',
  ],
];

for (const [name, files, expected] of CASES) {
  test(name, () => assert.equal(list(files).list.replaceAll(/\.kf\.\w+/g, '.KF'), expected));
}

test('what data names is found when it comes later than the data', () => {
  const src = put(join(folder, 'later'), {
    'index.html': page('<script>load("list.json")</script>'),
    'list.json': '["a.png"]',
  });
  const names = () => text(`${src}-out`, partOf(`${src}-out`, 'list.txt'));
  built(src, `${src}-out`);
  assert.doesNotMatch(names(), /a\.png/);
  put(src, { 'a.png': 'a' });
  built(src, `${src}-out`);
  assert.match(names(), /^a\.png\t/m);
});
