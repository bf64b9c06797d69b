// Every construct that names a file, through the whole build: a line each. What stands in «» is a file of the site and
// gets its fingerprint; every other byte stays as it is.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { keepfresh } from './run.mjs';

const CONSTRUCTS = {
  'page.html': [
    ['an image', '<img src="«a.png»" alt="a.png">'],
    ['an image without quotes', '<img src=«a.png»>'],
    ['query and fragment', '<img src="«a.png»?v=1#x">'],
    ['`srcset`', '<img srcset="«a.png» 1x, «b.png» 2x">'],
    ['`<picture>`', '<picture><source srcset="«a.webp» 100w,«b.webp» 200w"><img src=«a.png»></picture>'],
    ['`imagesrcset`', '<link rel=preload as=image imagesrcset="«a.png» 1x">'],
    ['style sheet, icon, preload, modulepreload', '<link rel=stylesheet href=«a.css»><link rel=icon href=«a.png»>'],
    ['modulepreload', '<link rel=modulepreload href="«a.js»">'],
    ['script', '<script src="./«a.js»" defer></script>'],
    ['inline module', '<script type=module>import x from "./«a.js»"; import(`./«b.js»`)</script>'],
    ['import map', '<script type=importmap>{"imports": {"a": "./«a.js»", "./«c.js»": "./«b.js»"}}</script>'],
    ['inline style sheet', '<style>@import "«a.css»"; b { background: url(«a.png») }</style>'],
    ['style attribute', `<p style="background: url('«a.png»')">`],
    ['video, audio, track', '<video src=«a.mp4» poster=«a.png»><track src=«a.vtt»></video><audio src=«a.mp3»></audio>'],
    ['`<object>`, `<embed>`', '<object data="«a.svg»"></object><embed src="«b.svg»">'],
    ['`<input type=image>`', '<input type=image src=«a.png»>'],
    ['`<use>`', '<svg><use href="«a.svg»#x"/><use xlink:href="«b.svg»#x"/></svg>'],
    ['`<svg>` inline', '<svg><image href=«a.png» /><rect fill="url(«a.svg»#x)" filter="url(#y)"/></svg>'],
    ['`<template>`', '<template><img src=«a.png»></template>'],
    ['`<noscript>`', '<noscript><img src=«a.png»></noscript>'],
    ['a card for social networks', '<meta property="og:image" content="«a.png»">'],
    ['an absolute URL of the site', '<meta property="og:image" content="https://site.example/HERE/«a.png»?v=1">'],
    ['a download', '<a href="«data.json»" download>x</a>'],
    ['a link that people follow', '<a href="data.json">x</a>'],
    ['entities', '<img src="«a&amp;b.png»">'],
    ['percent-encoding', '<img src="«a%20b.png»">'],
    ['attributes that the site names', '<img data-src="«a.png»" data-srcset="«b.png» 1x" data-other="c.png">'],
    ['an element to be ignored', '<img src="a.png" data-keepfresh-ignore>'],
    ['other origins, `data:`, fragments', '<img src="https://x.example/a.png"><img src="data:,a.png"><use href="#x">'],
    ['a comment', '<!-- <img src="a.png"> -->'],
    ['a classic script', '<script>load("a.js")</script>'],
  ],
  'style.css': [
    ['`url()`', 'a { background: url(«a.png»), url( "«b.png»" ) , URL(\'«c.png»\') }'],
    ['`@import`', '@import "«a.css»"; @import url(«b.css») screen; @import url("«c.css»") layer(x);'],
    ['`image-set()`', 'a { b: image-set("«a.png»" 1x, url(«b.png») 2x); c: -webkit-image-set("«c.png»" 1x) }'],
    ['`src()`', 'a { b: src("«a.png»") }'],
    ['fonts', '@font-face { src: url(«a.woff2»?x#y) format("woff2"), local("a.woff") }'],
    ['cursor', 'a { cursor: url(«c.svg»#x), auto }'],
    ['source map', 'a {}\n/*# sourceMappingURL=«style.css.map» */'],
    ['text and comments', 'a::before { content: "url(a.png)" } /* url(b.png) */'],
  ],
  'code.js': [
    ['static import and export from', 'import "./«a.js»"; export * from "./«b.js»"; import x, { y } from \'./«c.js»\''],
    ['dynamic import', 'const a = import("./«a.js»"), b = import(`./«b.js»`), c = import("./" + name)'],
    ['`new URL()`', 'new URL("«a.json»", import.meta.url); new URL("a.json", location.href)'],
    ['worker by URL', 'new Worker(new URL("«w.js»", import.meta.url), { type: "module" })'],
    ['`importScripts`', 'importScripts("«a.js»", "./«b.js»")'],
    ['service worker', 'navigator.serviceWorker.register("w.js")'],
    ['import attributes', 'import a from "./«a.json»" with { type: "json" }'],
    ['source map', 'f()\n//# sourceMappingURL=«code.js.map»\n'],
    [
      'strings, comments, regular expressions',
      'const a = "import \'./a.js\'" // import "./b.js"\n; /import ".\\/c.js"/',
    ],
  ],
  'picture.svg': [
    [
      '`<image>`, `<use>`',
      '<svg xmlns:x="y"><image href="«a.png»"/><use x:href="b.svg" xlink:href="«c.svg»#x"/></svg>',
    ],
    ['style sheets', '<?xml-stylesheet href="«a.css»"?><svg><style>a { fill: url(«b.svg»#x) }</style></svg>'],
    ['CDATA', '<svg><style><![CDATA[ a { fill: url(«b.svg»#x) } ]]></style></svg>'],
  ],
  'app.webmanifest': [
    [
      'icons and screenshots',
      '{"icons": [{"src": "«a.png»"}], "screenshots": [{"src": "«b.png»"}], "start_url": "a.html"}',
    ],
    ['shortcuts', '{"shortcuts": [{"url": "/", "icons": [{"src": "«a.png»"}]}]}'],
  ],
};

const rows = Object.entries(CONSTRUCTS).flatMap(([file, lines]) =>
  lines.map(([name, line], index) => {
    const folder = `${file}-${index}`;
    return { name: `${file}: ${name}`, path: `${folder}/${file}`, marked: line.replace('HERE', folder) };
  }),
);
const folder = mkdtempSync(join(tmpdir(), 'keepfresh-references-'));
const [src, out] = [join(folder, 'src'), join(folder, 'out')];
after(() => rmSync(folder, { recursive: true, force: true }));

const MARKED = /«(.*?)»/g;

/** The file of a row's folder that a marked URL names. */
const fileOf = (path, url) => join(dirname(path), decodeURIComponent(url.replaceAll('&amp;', '&')));

function write(path, text) {
  mkdirSync(dirname(join(src, path)), { recursive: true });
  writeFileSync(join(src, path), text);
}

test('what a page vouches for by its digest keeps its bytes', () => {
  const [site, built] = [join(folder, 'integrity'), join(folder, 'integrity-out')];
  const files = {
    'a.css': 'a { background: url(a.png) }',
    'b.js': 'import "./d.js"',
    'c.css': 'a { background: url(a.png) }',
    'd.js': '',
    'a.png': '',
    'index.html':
      '<link rel=stylesheet href=a.css integrity="sha256-x"><link rel=stylesheet href=c.css>' +
      '<script type=importmap>{"integrity": {"./b.js": "sha256-y"}}</script><script type=module src=b.js></script>',
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(site, { recursive: true });
    writeFileSync(join(site, path), text);
  }
  const { status, stderr } = keepfresh('build', site, '--out', built);
  assert.equal(status, 0, stderr);
  for (const path of ['a.css', 'b.js']) assert.equal(readFileSync(join(built, path), 'utf8'), files[path], path);
  assert.match(readFileSync(join(built, 'c.css'), 'utf8'), /url\(a\.kf\.[0-9a-f]{20}\.png\)/);
  assert.match(readFileSync(join(built, 'index.html'), 'utf8'), /href=a\.kf\.[0-9a-f]{20}\.css integrity/);
});

describe('every construct', () => {
  before(() => {
    for (const { path, marked } of rows) {
      for (const [, url] of marked.matchAll(MARKED)) if (fileOf(path, url) !== path) write(fileOf(path, url), '');
      write(path, marked.replace(MARKED, '$1'));
    }
    write('keepfresh.toml', 'origin = "https://site.example"\nattributes = ["data-src", "data-srcset"]\n');
    const { status, stderr } = keepfresh('build', src, '--out', out);
    assert.equal(status, 0, stderr);
  });

  for (const { name, path, marked } of rows) {
    test(name, () => {
      const built = readFileSync(join(out, path), 'utf8');
      const fingerprinted = (url) => url.replace(/(?=\.[^.]*$)/, '.kf.????????????????????');
      const pattern = marked.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      const expected = pattern.replace(/«(.*?)»/g, (_, url) => {
        const plain = url.replace(/\\(.)/g, '$1');
        return fingerprinted(plain)
          .replace(/[\\^$.*+()[\]{}|]/g, '\\$&')
          .replaceAll('????????????????????', '[0-9a-f]{20}');
      });
      assert.match(built, new RegExp(`^${expected}$`));
      for (const [url] of built.matchAll(/[^\s"'`(=«»/,]*\.kf\.[0-9a-f]{20}\.\w+(\.map)?/g)) {
        assert.ok(existsSync(join(out, fileOf(path, url))), `${url} is not there`);
      }
    });
  }
});
