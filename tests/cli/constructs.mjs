// Every construct that names a file: a line each. What stands in «» is a file of the site and gets its fingerprint;
// what stands in ‹› is one that keeps its name; every other byte stays as it is.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keepfresh } from './run.mjs';

export const CONSTRUCTS = {
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
    ['style attribute', `<p style="background: url('«a.png»')"><p style="background: url(&quot;«b.png»&quot;)">`],
    ['video, audio, track', '<video src=«a.mp4» poster=«a.png»><track src=«a.vtt»></video><audio src=«a.mp3»></audio>'],
    ['`<object>`, `<embed>`', '<object data="«a.svg»"></object><embed src="«b.svg»">'],
    [
      'what is named and not loaded',
      '<link rel="https://api.w.org/" href=‹a.json›><link rel=alternate href=‹b.xml›><link rel=resource href=«a.webp»>',
    ],
    ['`<input type=image>`', '<input type=image src=«a.png»>'],
    ['`<use>`', '<svg><use href="«a.svg»#x"/><use xlink:href="«b.svg»#x"/></svg>'],
    ['`<svg>` inline', '<svg><image href=«a.png» /><rect fill="url(«a.svg»#x)" filter="url(#y)"/></svg>'],
    ['`<template>`', '<template><img src=«a.png»></template>'],
    ['`<noscript>`', '<noscript><img src=«a.png»></noscript>'],
    ['a card for social networks', '<meta property="og:image" content="«a.png»">'],
    ['an absolute URL of the site', '<meta property="og:image" content="https://site.example/HERE/«a.png»?v=1">'],
    ['a download', '<a href="«data.json»" download="data.json">x</a>'],
    ['a link that people follow', '<a href="data.json">x</a>'],
    ['entities', '<img src="«a&amp;b.png»">'],
    ['percent-encoding', '<img src="«a%20b.png»">'],
    ['attributes that the site names', '<img data-src="«a.png»" data-srcset="«b.png» 1x" data-other="c.png">'],
    ['an element to be ignored', '<img src="a.png" data-keepfresh-ignore>'],
    ['other origins, `data:`, fragments', '<img src="https://x.example/a.png"><img src="data:,a.png"><use href="#x">'],
    [
      'an import map that names a folder: modules there keep their names',
      '<script type=importmap>{"imports": {"x/": "./sub/"}}</script><script type=module>import "./‹sub/b.js›"</script>',
    ],
    [
      'es-module-shims',
      '<script type=importmap-shim>{"imports": {"a": "./«a.js»"}}</script><script type=module-shim>importShim("./«b.js»")</script>',
    ],
    ['an inline script that imports', '<script>import("./«a.js»"); load("b.js")</script>'],
    ['a handler of events that imports', `<p onclick="import('./«a.js»').then(x); return load('b.js')">`],
    [
      'text whose digest a policy lists',
      '<meta http-equiv=content-security-policy content="style-src \'sha256-HzsKpWbVzm5BXzuZqZlap0bZE8J1/5meeQR+SSiNAvU=\'">' +
        '<style>a{b:url(‹a.png›)}</style>',
    ],
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
    ['namespaces', '@namespace x url(a.svg); x|a { b: url(«b.svg») }'],
    ['text and comments', 'a::before { content: "url(a.png)" } /* url(b.png) */'],
  ],
  'code.js': [
    ['static import and export from', 'import "./«a.js»"; export * from "./«b.js»"; import x, { y } from \'./«c.js»\''],
    ['dynamic import', 'const a = import("./«a.js»"), b = import(`./«b.js»`), c = import(base + name)'],
    ['either of two', 'import(q ? "./«a.js»" : "./«b.js»"); import(("./«c.js»"))'],
    ['`import.meta.resolve`', 'import(import.meta.resolve("./«a.js»"))'],
    ['a module that may be imported by its own name', 'import "./‹a.js›"; import(`./${name}.js`)'],
    ['`new URL()`', 'new URL("«a.json»", import.meta.url); new URL("a.json", location.href)'],
    ['worker by URL', 'new Worker(new URL("«w.js»", import.meta.url), { type: "module" })'],
    ['where names begin', 'const icons = new URL("icons/", import.meta.url)'],
    ['`importScripts`', 'importScripts("«a.js»", "./«b.js»")'],
    [
      'service worker',
      'n.serviceWorker.register("w.js"); n.serviceWorker.register(new URL("‹a.js›", import.meta.url))',
    ],
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
  'data.json': [['JSON where pointers lead', '{"list": [{"image": "«a.png»", "text": "b.png"}], "other": "c.png"}']],
  'based.html': [['`<base href>`', '<base href="sub/"><img src="«a.png»"><a href="../x">x</a>']],
  'escaped.html': [['templates with unknown parts', '<img src="{{ static }}/a.png"><img src="${x}.png">']],
};

/** What the site says of itself. */
const SETTINGS = `origin = "https://site.example"
attributes = ["data-src", "data-srcset"]
[[json]]
files = "**/data.json"
pointers = ["/list/*/image"]
`;

/** A folder for each line, so that none helps another. */
export const ROWS = Object.entries(CONSTRUCTS).flatMap(([file, lines]) =>
  lines.map(([name, line], index) => {
    const folder = `${file}-${index}`;
    return { file, name, path: `${folder}/${file}`, marked: line.replace('HERE', folder) };
  }),
);

export const MARKED = /«(.*?)»/g;
/** What keeps its name. */
const KEPT = /‹(.*?)›/g;

/** The file of a row's folder that a marked URL names. */
export const fileOf = (path, url) =>
  join(dirname(path), path.endsWith('based.html') ? 'sub' : '', decodeURIComponent(url.replaceAll('&amp;', '&')));

/** Builds a site of all rows. */
export function buildRows(src, out) {
  const write = (path, text) => {
    mkdirSync(dirname(join(src, path)), { recursive: true });
    writeFileSync(join(src, path), text);
  };
  for (const { path, marked } of ROWS) {
    for (const [, url] of [...marked.matchAll(MARKED), ...marked.matchAll(KEPT)])
      if (fileOf(path, url) !== path) write(fileOf(path, url), '');
    write(path, marked.replace(MARKED, '$1').replace(KEPT, '$1'));
  }
  write('keepfresh.toml', SETTINGS);
  return keepfresh('build', src, '--out', out);
}

/** What a row must look like when it is built: every byte, with any digits in its fingerprints. */
export function expectedOf({ marked }) {
  const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const named = (url) => escaped(url.replace(/(?=\.[^.]*$)/, '.kf.DIGITS')).replace('DIGITS', '[0-9a-f]{20}');
  const parts = marked
    .replace(KEPT, '$1')
    .split(MARKED)
    .map((part, index) => (index % 2 ? named(part) : escaped(part)));
  return new RegExp(`^${parts.join('')}$`);
}

/** Whether a row came out as it must. */
export const holds = (out, row) => expectedOf(row).test(readFileSync(join(out, row.path), 'utf8'));
