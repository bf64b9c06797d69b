// Files that keep their names, or their bytes, because something speaks of them that cannot be changed.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { built, ownFolder, partOf, put, text, urlOf } from './folder.mjs';

const folder = ownFolder('named');

const sri = (bytes, algorithm = 'sha384') => `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`;
const page = (body, head = '') => `<!doctype html><html><head>${head}</head><body>${body}</body></html>`;
const SHEET = 'a { background: url(p.png) }';

/** What is built, which of the paths keep their names, which of them their bytes, and which are not installed, and how much the home page is needed. */
const CASES = [
  {
    what: 'a rollover: one file is made of the URL of another',
    files: {
      'index.html': page(`<img src="img/b_off.png" onmouseover="this.src=this.src.replace('_off','_on')">`),
      'img/b_off.png': 'off',
      'img/b_on.png': 'on',
      'img/c.png': 'c',
    },
    named: ['img/b_off.png', 'img/b_on.png'],
  },
  {
    what: 'a rollover: the end of one name is cut off for another one',
    files: {
      'index.html': page('<img src="img/b.png" id="b"><img src="img/c.png">'),
      'img/b.png': 'off',
      'img/b-on.png': 'on',
      'img/c.png': 'c',
      'js/r.js': 'b.onmouseover = () => { b.src = b.src.slice(0, -4) + "-on.png"; };',
    },
    named: ['img/b-on.png', 'img/b.png'],
  },
  {
    what: 'a rollover: all of a name is cut off, which others have that are as long',
    files: {
      'index.html': page('<img src="open.png"><img src="closed.png"><img src="bdwn.png"><img src="form_0.png">'),
      'open.png': 'open',
      'closed.png': 'closed',
      'bdwn.png': 'b',
      'form_0.png': 'f',
      'dynsections.js':
        "i.src = src.substring(0, src.length-8)+'closed.png'; i.src = src.substring(0, src.length-10)+'open.png';",
    },
    named: ['closed.png', 'open.png'],
  },
  {
    what: 'a rollover, beside another one that cuts off as many characters',
    files: {
      'index.html': page('<img src="img/open1.png"><img src="img/clos1.png"><img src="img/b_off.png">'),
      'img/open1.png': 'open',
      'img/clos1.png': 'closed',
      'img/b_off.png': 'off',
      'img/b_on.png': 'on',
      'js/a.js': 'i.src = src.slice(0,-9)+"open1.png"; i.src = src.slice(0,-9)+"clos1.png";',
      'js/z.js': 'i.src = i.src.replace("_off", "_on");',
    },
    named: ['img/b_off.png', 'img/b_on.png', 'img/clos1.png', 'img/open1.png'],
  },
  {
    what: 'a theme that a script changes',
    files: {
      'index.html': page('', '<link id="theme" rel="stylesheet" href="css/light.css"><script src="t.js"></script>'),
      'css/light.css': 'a{}',
      'css/dark.css': 'b{}',
      't.js': 'toggle.onclick = () => { theme.href = theme.href.replace("light", "dark"); };',
    },
    named: ['css/light.css', 'css/dark.css'],
  },
  {
    what: 'the digest of a style sheet stands beside its absolute URL',
    files: {
      'index.html': page('', `<link rel="stylesheet" href="https://x.example/a.css" integrity="${sri(SHEET)}">`),
      'a.css': SHEET,
      'p.png': 'p',
    },
    whole: ['a.css'],
  },
  {
    what: 'a script knows the digest of what it loads',
    files: {
      'index.html': page('', '<script src="l.js"></script>'),
      'l.js': `l.integrity = '${sri(SHEET, 'sha512')}'; l.href = '/a.css';`,
      'a.css': SHEET,
      'p.png': 'p',
    },
    whole: ['a.css'],
  },
  {
    what: 'a host is told of single files',
    files: {
      _headers: `/w.js\n  Cross-Origin-Embedder-Policy: require-corp\n/b.css\n  Cache-Control: no-cache\n/\n  Link: </c.css>; rel=preload; as=style\n`,
      'index.html': page(
        '',
        '<link rel="stylesheet" href="b.css"><link rel="stylesheet" href="c.css"><script type="module">new Worker(new URL("./w.js", import.meta.url))</script>',
      ),
      'w.js': 'postMessage(1)',
      'b.css': 'b{}',
      'c.css': 'c{}',
    },
    named: ['c.css', 'w.js'],
  },
  {
    what: 'Apache and Firebase are told of single files',
    files: {
      '.htaccess':
        '<Files "apart.js">\n  Header set Cross-Origin-Embedder-Policy require-corp\n</Files>\n' +
        '<FilesMatch "^lib\\.js$">\n  Header set X 1\n</FilesMatch>\n' +
        '<Files "plain.css">\n  Header set Cache-Control no-cache\n</Files>\n',
      'firebase.json': JSON.stringify({
        hosting: { headers: [{ source: '/fire.js', headers: [{ key: 'X', value: '1' }] }] },
      }),
      'index.html': page(
        '<script src="js/apart.js"></script><script src="lib.js"></script><script src="fire.js"></script>',
        '<link rel="stylesheet" href="plain.css">',
      ),
      'js/apart.js': '1',
      'lib.js': '2',
      'fire.js': '3',
      'plain.css': 'a{}',
    },
    named: ['fire.js', 'js/apart.js', 'lib.js'],
  },
  {
    what: 'Netlify is told of single files',
    files: {
      'netlify.toml':
        '[[headers]]\nfor = "/apart.js"\n[headers.values]\nCross-Origin-Embedder-Policy = "require-corp"\n' +
        '[[headers]]\nfor = "/plain.css"\nvalues = { Cache-Control = "no-cache" }\n' +
        '[[headers]]\nfor = "/*"\n[headers.values]\nLink = "</early.css>; rel=preload; as=style"\n' +
        '[[redirects]]\nfrom = "/moved.js"\nto = "https://x.example/"\nstatus = 302\nforce = true\n' +
        '[[redirects]]\nfrom = "/there.js"\nto = "/gone"\n',
      'index.html': page(
        '<script src="apart.js"></script><script src="moved.js"></script><script src="there.js"></script>',
        '<link rel="stylesheet" href="plain.css"><link rel="stylesheet" href="early.css">',
      ),
      'apart.js': '1',
      'moved.js': '2',
      'there.js': '3',
      'plain.css': 'a{}',
      'early.css': 'b{}',
    },
    named: ['apart.js', 'early.css', 'moved.js'],
    absent: ['moved.js'],
  },
  {
    what: 'Azure is told of single files',
    files: {
      'staticwebapp.config.json': JSON.stringify({
        globalHeaders: { Link: '</early.css>; rel=preload; as=style' },
        routes: [
          { route: '/apart.js', headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' } },
          { route: '/plain.css', headers: { 'Cache-Control': 'no-cache' } },
          { route: '/ours.js', allowedRoles: ['authenticated'] },
          { route: '/all/*', allowedRoles: ['authenticated'] },
          { route: '/index.html', redirect: '/' },
        ],
      }),
      'index.html': page(
        '<script src="apart.js"></script><script src="ours.js"></script><script src="all/a.js"></script>',
        '<link rel="stylesheet" href="plain.css"><link rel="stylesheet" href="early.css">',
      ),
      'apart.js': '1',
      'ours.js': '2',
      'all/a.js': '3',
      'plain.css': 'a{}',
      'early.css': 'b{}',
    },
    named: ['apart.js', 'early.css', 'ours.js'],
    absent: ['ours.js'],
  },
  {
    what: 'serve is told of single files',
    files: {
      'serve.json': JSON.stringify({
        headers: [
          { source: 'apart.js', headers: [{ key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' }] },
          { source: '**/*.css', headers: [{ key: 'X', value: '1' }] },
        ],
        redirects: [
          { source: '/moved.js', destination: 'https://x.example/' },
          { source: '/', destination: '/en/' },
        ],
        rewrites: [{ source: '/there.js', destination: '/other.js' }],
      }),
      'index.html': page(
        '<script src="apart.js"></script><script src="moved.js"></script><script src="there.js"></script>',
        '<link rel="stylesheet" href="plain.css">',
      ),
      'apart.js': '1',
      'moved.js': '2',
      'there.js': '3',
      'plain.css': 'a{}',
    },
    named: ['apart.js', 'moved.js'],
    absent: ['moved.js'],
    home: 'o',
  },
  {
    what: 'a style sheet that a page links and a script loads as well',
    files: {
      'index.html': page(
        '<script src="m.js"></script><script>load("c.css")</script>',
        '<link rel="stylesheet" href="vs/a.css"><link rel="stylesheet" href="b.css"><link rel="stylesheet" href="c.css">',
      ),
      'm.js': 'link.href = toUrl("vs/a.css"); other.href = toUrl("vs/d.css"); image.src = toUrl("vs/e.png");',
      'vs/a.css': 'a{}',
      'b.css': 'b{}',
      'c.css': 'c{}',
      'vs/d.css': '@import "../b.css";',
      'vs/e.png': 'e',
    },
    named: ['c.css', 'vs/a.css'],
  },
  {
    what: 'a policy lists a file',
    files: {
      'index.html': page(
        '<img src="p.png">',
        `<meta http-equiv="content-security-policy" content="style-src https://x.example/css/ https://x.example/a.css"><meta http-equiv="content-security-policy" content="img-src *"><link rel="stylesheet" href="a.css">`,
      ),
      'a.css': 'a{}',
      'p.png': 'p',
    },
    named: ['a.css'],
  },
  {
    what: 'a policy lists a file of a site that is in a folder of its host',
    files: {
      'index.html': page(
        '<img src="p.png">',
        `<meta http-equiv="content-security-policy" content="style-src https://x.example/app/a.css"><link rel="stylesheet" href="a.css"><script>document.querySelector('img[src="/app/q.png"]')</script>`,
      ),
      'a.css': 'a{}',
      'p.png': 'p',
      'q.png': 'q',
    },
    options: ['--base', '/app/'],
    named: ['a.css', 'q.png'],
  },
  {
    what: 'what a page has fetched ahead has the name that its script says',
    files: {
      'index.html': page(
        '<script type="module" src="m.js"></script>',
        ['a.json', 'b.json', 'c.wasm']
          .map((path) => `<link rel="preload" as="fetch" href="${path}" crossorigin>`)
          .join(''),
      ),
      'm.js':
        "fetch(new URL('./a.json', import.meta.url)); fetch('b.json'); new URL('./c.wasm', import.meta.url); f('c.wasm')",
      'a.json': '{}',
      'b.json': '[]',
      'c.wasm': 'w',
    },
    named: ['c.wasm'],
    says: {
      'index.html': /"a\.kf\.\w+\.json".*"b\.json".*"c\.wasm"/,
      'm.js': /'\.\/a\.kf\.\w+\.json'.*'b\.json'.*'\.\/c\.wasm'/,
    },
  },
  {
    what: 'modules that a table names',
    files: {
      'index.html': page('', '<script type="module" src="m.js"></script>'),
      'm.js': "import { c } from '/s.js'; const all = { s: '/s.js', t: `./t.js` }; import(all[c]); import('./u.js');",
      's.js': 'export const c = 1;',
      't.js': 'export const d = 1;',
      'u.js': 'export const e = 1;',
    },
    named: ['s.js', 't.js'],
  },
  {
    what: 'modules that a shim loads are there once',
    files: {
      'index.html': page(
        '',
        '<script type="importmap-shim">{"imports":{"lib":"/s.js"}}</script><script type="module-shim">import "lib"; import "./m.js"</script>',
      ),
      'm.js': "import '/s.js';",
      's.js': 'export const c = 1;',
    },
    named: [],
    says: { 'index.html': /"lib":"\/s\.kf\.\w+\.js".*import "\.\/m\.kf\.\w+\.js"/ },
  },
  {
    what: 'a script that a worker runs names another from where the worker is',
    files: {
      'index.html': page('', '<script type="module">new Worker(new URL("./w.js", import.meta.url))</script>'),
      'w.js': 'importScripts("lib/x.js")',
      'lib/x.js': 'importScripts("util.js", "lib/y.js")',
      'lib/y.js': '1',
      'util.js': '2',
      'lib/util.js': '3',
    },
    named: [],
    says: { 'lib/x.js': /importScripts\("util\.kf\.\w+\.js", "lib\/y\.kf\.\w+\.js"\)/ },
    loads: [['lib/x.js', 'util.js']],
  },
  {
    what: 'a script that two workers run names another in each',
    files: {
      'index.html': page(
        '',
        '<script type="module">new Worker(new URL("./w.js", import.meta.url)); new Worker(new URL("./v/w.js", import.meta.url))</script>',
      ),
      'w.js': 'importScripts("/x.js")',
      'v/w.js': 'importScripts("/x.js")',
      'x.js': 'importScripts("util.js")',
      'util.js': '2',
      'v/util.js': '3',
    },
    says: { 'x.js': /^importScripts\("util\.js"\)$/ },
  },
  {
    what: 'a base that is written with entities, or is to be left alone',
    files: {
      'index.html': page('<img src="p.png">', '<base href="a&#x2F;" data-keepfresh-ignore>'),
      'a/p.png': 'one',
      'p.png': 'another',
    },
    named: [],
    loads: [['index.html', 'a/p.png']],
  },
  {
    what: 'a selector by another attribute than its URL',
    files: {
      'index.html': page('<object data="m.svg"></object>', '<link rel="stylesheet" href="a.css">'),
      'a.css': 'object[data$="m.svg"] { border: 0 }',
      'm.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    },
    named: ['m.svg'],
  },
];

for (const { what, files, options = [], named, absent, home = '', whole = [], says = {}, loads = [] } of CASES) {
  test(what, () => {
    const src = put(join(folder, what.replace(/\W/g, '-')), files);
    const out = `${src}-out`;
    built(src, out, ...options);
    const kept = Object.keys(files).filter(
      (path) => !/^_|^\.|\.html$|firebase|netlify|staticwebapp|^serve\.json/.test(path) && urlOf(out, path) === path,
    );
    if (named) assert.deepEqual(kept.sort(), [...named].sort());
    if (absent) {
      // What a host answers by itself has other bytes, and would have the install fail. A page may have another address.
      const lines = text(out, partOf(out, 'list.txt')).trimEnd().split('\n');
      const marks = Object.fromEntries(
        lines.map((line) => line.split('\t')).map(([url, , , mark = '']) => [url, mark]),
      );
      assert.deepEqual([marks[''], named.filter((path) => !(path in marks))], [home, absent]);
    }
    for (const path of whole) assert.equal(text(out, path), files[path], path);
    for (const [path, pattern] of Object.entries(says)) assert.match(text(out, path), pattern);
    for (const [path, loaded] of loads) assert.ok(text(out, path).includes(urlOf(out, loaded).split('/').at(-1)), path);
  });
}

/** Rules for `closed/` and all that is in it, as each host has them. */
const FOLDERS = {
  _redirects: '/closed/* /login 302!\n',
  'netlify.toml': '[[redirects]]\nfrom = "/closed/*"\nto = "/login"\nforce = true\n',
  'staticwebapp.config.json': JSON.stringify({ routes: [{ route: '/closed/*', allowedRoles: ['ours'] }] }),
  'firebase.json': JSON.stringify({ hosting: { redirects: [{ source: '/closed/**', destination: '/login' }] } }),
  'vercel.json': JSON.stringify({ redirects: [{ source: '/closed/:path*', destination: '/login' }] }),
};

for (const [name, rules] of Object.entries(FOLDERS)) {
  test(`nothing is installed of a folder that a host answers for by itself: ${name}`, () => {
    const src = put(join(folder, `closed-${name}`), {
      [name]: rules,
      'index.html': page('<script src="open.js"></script><script src="closed/shared.js"></script>', ''),
      'open.js': '1',
      'closed/shared.js': '2',
      'closed/index.html': page('<script src="../theirs.js"></script>', ''),
      'theirs.js': '3',
    });
    built(src, `${src}-out`);
    const lines = text(`${src}-out`, partOf(`${src}-out`, 'list.txt'))
      .trimEnd()
      .split('\n');
    const listed = lines.map((line) => line.split('\t')).map(([url, , , mark = '']) => `${url || '/'}:${mark}`);
    // What only pages in there load is nothing that the others need.
    assert.equal(listed.join(' ').replaceAll(/\.kf\.\w+/g, ''), '/: open.js: theirs.js:o');
  });
}
