// What a site says of its responses by itself, in the files of hosts, beside what the build says.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { built, ownFolder, partOf, put, text, urlOf } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('headers');
let count = 0;
const site = (files) => put(`${folder}/${++count}`, { ...PAGE, ...files });

const PAGE = {
  'index.html': '<!doctype html><link rel=stylesheet href=a.css>',
  'a.css': 'a {}',
  'robots.txt': 'User-agent: *',
};

describe('a rule of the site in `_headers`', () => {
  const told = (files, ...options) => {
    const src = site(files);
    const { stdout, stderr, status } = keepfresh('build', src, '--out', `${src}-out`, '--json', ...options);
    assert.ok(status < 2, stderr);
    const plain = (finding) => finding.message.replace(/[0-9a-f]{20}/g, 'X');
    const findings = JSON.parse(stdout).findings.filter(({ code }) => code === 'contradiction');
    return { src, findings: findings.map((one) => [one.path, one.line, one.column, plain(one)]) };
  };
  const IMMUTABLE = 'public, max-age=31536000, immutable';

  const CASES = [
    [
      'for all, which is shorter',
      '/*\n  Cache-Control: max-age=600\n',
      [
        [
          2,
          `/a.kf.X.css (and 3 more) will say \`Cache-Control: max-age=600, ${IMMUTABLE}\`: it never changes, but is asked for again and again`,
        ],
        [
          2,
          '/ (and 1 more) will say `Cache-Control: max-age=600`: visitors see an old page until its time is over, with names that may be gone',
        ],
      ],
    ],
    [
      'for all, that nobody keeps anything',
      '# ours\n\n/*\n  X-Own: yes\n  cache-control: no-store\n',
      [
        [
          5,
          `/a.kf.X.css (and 3 more) will say \`Cache-Control: no-store, ${IMMUTABLE}\`: it never changes, but is asked for again and again`,
        ],
      ],
    ],
    [
      'for all, which is longer',
      `/*.css\n  Cache-Control: ${IMMUTABLE}\n`,
      [
        [
          2,
          `/a.css will say \`Cache-Control: ${IMMUTABLE}\`: it can change, but nobody will notice for as long as it is kept`,
        ],
      ],
    ],
    [
      'for all of one host',
      'https://x.example/robots.*\n  Cache-Control: max-age=600\nhttps://x.example/*.css\n  Cache-Control: no-store\n',
      [
        [
          4,
          `/a.kf.X.css will say \`Cache-Control: no-store, ${IMMUTABLE}\`: it never changes, but is asked for again and again`,
        ],
      ],
    ],
    ['for one file', '/robots.txt\n  Cache-Control: max-age=3600\n', []],
    ['for a page, that nobody keeps it', '/index.html\n  Cache-Control: no-store\n', []],
    ['of something else', '/*\n  X-Frame-Options: DENY\n', []],
    ['that takes the field away', '/*\n  ! Cache-Control\n', []],
    ['for what is not there', '/api/*\n  Cache-Control: max-age=60\n', []],
  ];
  for (const [name, _headers, expected] of CASES) {
    test(name, () => {
      const { findings } = told({ _headers });
      assert.deepEqual(
        findings.map(([, line, , message]) => [line, message]),
        expected,
      );
    });
  }

  test('is told of if it says nothing', () => {
    const src = site({ _headers: '/*\n  X-Frame-Options DENY\n' });
    const { stderr } = built(src, `${src}-out`);
    assert.match(stderr, /warning: _headers:2:3: this line is no field \(`Name: value`\)/);
  });

  test('is told of with its place, and what to do', () => {
    const src = site({ _headers: '/*\n  Cache-Control: no-cache, no-store\n' });
    const { stderr } = built(src, `${src}-out`);
    assert.match(stderr, /_headers:2:3[^]*Cache-Control: no-cache, no-store[^]*help: remove the line/);
    const strict = keepfresh('build', src, '--out', `${src}-out2`, '--strict');
    assert.equal(strict.status, 1);
    put(src, { 'keepfresh.toml': '[severity]\ncontradiction = "off"\n' });
    assert.equal(keepfresh('build', src, '--out', `${src}-out2`, '--strict').status, 0);
  });

  test('has the word on what keeps its name', () => {
    const { src } = told({ _headers: '/robots.txt\n  Cache-Control: max-age=3600\n' });
    const rules = text(`${src}-out`, '_headers');
    assert.equal(rules.match(/\/robots\.txt/g).length, 1);
    assert.match(rules, /^\/index\.html\n {2}Cache-Control: no-cache$/m);
  });

  test('is read with a byte order mark before it, which hosts take for a part of a path', () => {
    const { src } = told({ _headers: '\ufeff/robots.txt\n  Cache-Control: max-age=3600\n' });
    const rules = text(`${src}-out`, '_headers');
    assert.equal(rules.match(/\/robots\.txt/g).length, 1);
    assert.match(rules, /^\/robots\.txt\n/);
  });

  test('among so many that there are patterns', () => {
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`p/${n}.html`, '<p>']));
    const { findings } = told({ ...many, _headers: '/*\n  Cache-Control: max-age=0\n' });
    assert.deepEqual(
      findings.map(([, line, column]) => [line, column]),
      [[2, 3]],
    );
  });
});

describe('a `vercel.json` of the site', () => {
  const CASES = [
    ['whose rules are no list', '{"headers": {}}', /vercel\.json: `headers` is no list/],
    ['with rules that Vercel takes alone', '{"routes": []}', /vercel\.json: Vercel takes no `headers` beside `routes`/],
    ['that is no JSON', '{"headers": [}', /vercel\.json cannot be read: .* line 1 column 14/],
    ['that is no object', '[]', /vercel\.json is not an object/],
  ];
  for (const [name, own, said] of CASES) {
    test(`${name} is told of`, () => {
      const src = site({ 'vercel.json': own });
      const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`, '--host', 'vercel');
      assert.deepEqual([status, said.test(stderr)], [2, true], stderr);
    });
  }
});

test('files of earlier releases are kept for as long as others, on every host', () => {
  const pages = (name) => `<!doctype html><link rel=stylesheet href=a.css><script type=module src=${name}></script>`;
  const [old, now] = ['lib/index-B4x9kQ2a.js', 'lib/index-C5y8mR3b.js'];
  const src = site({ 'index.html': pages(old), [old]: '1', 'keepfresh.toml': '[names]\nhashed = ["lib/*-*.js"]\n' });
  // What else lies in its folder keeps it from being a folder of such names.
  put(src, { 'lib/plain.js': 'plain()' });
  const hosts = ['--keep', '2', '--host', 'vercel,firebase,apache,nginx,caddy'];
  built(src, `${src}-out`, ...hosts);
  const style = urlOf(`${src}-out`, 'a.css');
  rmSync(join(src, old));
  put(src, { 'index.html': pages(now), [now]: '2', 'a.css': 'b {}' });
  built(src, `${src}-out`, ...hosts);
  const IMMUTABLE = /immutable/;
  for (const path of [old, style, now, partOf(`${src}-out`, 'install.js')]) {
    const url = `/${path}`;
    const rules = text(`${src}-out`, '_headers').split(/\n(?=\/)/);
    assert.match(rules.find((rule) => rule.startsWith(`${url}\n`)) ?? '', IMMUTABLE, url);
    const said = (rules, matches) => rules.filter(matches).at(-1).headers[0].value;
    const { headers } = JSON.parse(text(`${src}-out`, 'vercel.json'));
    assert.match(
      said(headers, ({ source }) => new RegExp(`^${source}$`).test(url)),
      IMMUTABLE,
      url,
    );
    const { hosting } = JSON.parse(text(`${src}-out`, '.keepfresh/firebase.json'));
    const matches = ({ regex, source }) => source === '**' || new RegExp(regex).test(url);
    assert.match(said(hosting.headers, matches), IMMUTABLE, url);
    for (const [file, regex] of [
      ['.htaccess', /=~ m#(.*)#"/g],
      ['.keepfresh/nginx.conf', /uri ~ "(.*)"\) \{ set \$keepfresh "public/g],
      ['.keepfresh/Caddyfile', /@fingerprinted path_regexp `(.*)`/g],
    ]) {
      const found = [...text(`${src}-out`, file).matchAll(regex)].map(([, one]) => one.replaceAll('\\\\', '\\'));
      assert.ok(
        found.some((one) => new RegExp(one).test(url)),
        `${url} ${file} ${found}`,
      );
    }
  }
});

test('a page whose name is a pattern has no rule, which would be one for others', () => {
  const src = site({ ':id.html': '<p>', 'a*.html': '<p>', 'b:1.html': '<p>' });
  built(src, `${src}-out`);
  const rules = text(`${src}-out`, '_headers').split('\n');
  assert.deepEqual(
    [rules.includes('/:id'), rules.includes('/a*.html'), rules.includes('/b:1.html')],
    [false, false, true],
  );
});

test('on a large site pages are kept as the site says', () => {
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`many/${n}.css`, `a { order: ${n} }`]));
  const page = (headers) => {
    const src = site({ ...many, 'blog/a.html': '<p>', _headers: headers });
    built(src, `${src}-out`);
    return /^\/\*\.html\n {2}Cache-Control: no-cache$/m.test(text(`${src}-out`, '_headers'));
  };
  assert.ok(page('/api/*\n  Cache-Control: no-store\n'));
  assert.ok(!page('/blog/*\n  Cache-Control: public, max-age=300\n'));
});

test('what is told of CDNs and groups cannot end a line or a text', () => {
  const out = (toml) => {
    const src = site({ 'keepfresh.toml': toml });
    const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`, '--host', 'apache,nginx');
    return status === 0 ? (name) => text(`${src}-out`, name) : stderr;
  };
  const quoted = out(`[headers]\ncdn = 'private="Set-Cookie", 5%'\n`);
  assert.match(quoted('.htaccess'), /Header set CDN-Cache-Control "private=\\"Set-Cookie\\", 5%%"/);
  assert.match(quoted('.keepfresh/nginx.conf'), /set \$keepfresh_cdn "private=\\"Set-Cookie\\", 5%"/);
  assert.match(out('[headers]\ncdn = "max-age=$x"\n'), /headers\.cdn must be one line, without `\$`/);
  assert.match(out('[headers.groups]\n"**" = ["a\\nX-Evil: 1"]\n'), /headers\.groups: the group "a\\nX-Evil: 1"/);
});

test('on Apache a site that says `always` does not send two fields', () => {
  const src = site({ '.htaccess': 'Header always set Cache-Control "max-age=5"\n' });
  built(src, `${src}-out`, '--host', 'apache');
  const after = text(`${src}-out`, '.htaccess').split('always set')[1];
  assert.equal(after.match(/Header always unset Cache-Control\n +Header set Cache-Control/g)?.length, 2);
});

test('nobody uploads what hosts keep to themselves', () => {
  const src = site({ 'x.php': '<?php', _redirects: '/a /b', 'netlify.toml': '' });
  built(src, `${src}-out`);
  const plan = JSON.parse(text(`${src}-out`, '.keepfresh/upload.json')).map(({ path }) => path);
  assert.deepEqual(
    plan.filter((path) => /php|_redirects|netlify/.test(path)),
    [],
  );
});
