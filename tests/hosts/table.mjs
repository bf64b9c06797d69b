// What responses have to say, whatever the host: a line a request. `KEPT`, `ASKED` and `ABSENT` are the whole
// policy; the last column is what a site gets that has everything configured.

/** Keep it for a year, and never ask. */
export const KEPT = 'kept';
/** Keep it, and ask before using it. */
export const ASKED = 'asked';
/** It is not there, and nobody may remember that. */
export const ABSENT = 'absent';

const style = (match) => ({ match, dest: 'style' });
const PAGE = { page: true };
const DOCS = { page: true, groups: '"docs"' };

/** What each site holds, beside what `site.mjs` adds: a path and its text. */
export const FILES = {
  'index.html': '<!doctype html><link rel=stylesheet href=css/site.css><script type=module src=js/app.js></script>',
  'docs/index.html': '<!doctype html><p>all',
  'docs/guide.html': '<!doctype html><p>guide',
  'docs/über uns.html': '<!doctype html><p>we',
  'docs/a$b.html': '<!doctype html><p>money',
  'intro.kf.html': '<!doctype html><p>intro',
  'css/site.css': `a { color: red }\n${'b { color: blue }\n'.repeat(200)}`,
  'docs/print.css': 'a { color: black }',
  'js/app.js': 'export const app = 1;',
  'my.kf.css': 'my {}',
  'notes.kf.txt': 'notes',
  'robots.txt': 'User-agent: *',
  'assets/index-B4x9kQ2a.js': 'export const index = 1;',
  'lib/plain.js': 'export const plain = 1;',
  'lib/vendor-C7hT2mQ9.js': 'export const vendor = 1;',
  'lib/chunk ü#(1)-C7hT2mQ9.js': 'export const chunk = 1;',
};

/** Names that mean something to one configuration language or another, and the pattern that dictionaries get. */
const NAMES = {
  'a b': 'a%20b',
  'a+b': String.raw`a\\+b`,
  'a(1)': String.raw`a\\(1\\)`,
  '+(1)': String.raw`\\+\\(1\\)`,
  'a#b': 'a%23b',
  a$b: 'a$b',
  a$1: 'a$1',
  '50%': '50%25',
  'a%2fb': 'a%252fb',
  ü: '%C3%BC',
  "it's": "it's",
  'a"b': 'a%22b',
  'a[1]{2}': 'a[1]%7B2%7D',
  'a:b': String.raw`a\\:b`,
  'a*': String.raw`a\\*`,
};
for (const name of Object.keys(NAMES)) FILES[`names/${name}.css`] = `/* ${name.replace('*', '')} */`;

/**
 * Each: what it is, its path in the site (`@`: under the name with its fingerprint), what it says, and what more it
 * says where everything is configured: `page`, so that CDNs are told; the `match` of a dictionary; its `groups`.
 */
export const TABLE = [
  ['the first page', '', ASKED, PAGE],
  ['the first page by its file', 'index.html', ASKED, PAGE],
  ['a page by its folder', 'docs/', ASKED, DOCS],
  ['a page by its file', 'docs/guide.html', ASKED, DOCS],
  ['a page without its extension', 'docs/guide', ASKED, { ...DOCS, clean: true }],
  ['a page with letters and a space', 'docs/über uns.html', ASKED, DOCS],
  ['a page with a dollar', 'docs/a$b.html', ASKED, DOCS],
  ['a page with a mark and no digits', 'intro.kf.html', ASKED, PAGE],
  ['a style sheet', '@css/site.css', KEPT, style('css/site.kf.*.css')],
  ['the same under its own name', 'css/site.css', ASKED, {}],
  ['a style sheet of a group', '@docs/print.css', KEPT, { ...style('docs/print.kf.*.css'), groups: '"docs"' }],
  ['a script', '@js/app.js', KEPT, { match: 'js/app.kf.*.js', dest: 'script' }],
  ['a style sheet whose name has a mark', '@my.kf.css', KEPT, style('my.kf.kf.*.css')],
  ['the same under its own name, without digits', 'my.kf.css', ASKED, {}],
  ['a text with a mark and no digits', 'notes.kf.txt', ASKED, {}],
  ['what crawlers ask for', 'robots.txt', ASKED, {}],
  ['the worker', 'sw.js', ASKED, {}],
  ['what the worker runs on', '@keepfresh/worker.js', KEPT, {}],
  ['the manifest', 'keepfresh.json', ASKED, {}],
  ['what a bundler named, in its folder', 'assets/index-B4x9kQ2a.js', KEPT, {}],
  ['what a bundler named, among others', 'lib/vendor-C7hT2mQ9.js', KEPT, {}],
  ['what a bundler named, with parentheses', 'lib/chunk ü#(1)-C7hT2mQ9.js', KEPT, {}],
  ['a fingerprint that no file has', 'css/site.kf.00000000000000000000.css', ABSENT, {}],
  ['a bundled file that is gone', 'assets/index-Zz99Yy88.js', ABSENT, {}],
  ...Object.entries(NAMES).flatMap(([name, pattern]) => [
    [`a fingerprinted ${name}`, `@names/${name}.css`, KEPT, style(`names/${pattern}.kf.*.css`)],
    [`${name} under its own name`, `names/${name}.css`, ASKED, {}],
  ]),
];
