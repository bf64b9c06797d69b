// Mistakes on the command line and in what it reads: each is told of, with what to do.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { built, ownFolder, put, text } from './folder.mjs';
import { keepfresh } from './run.mjs';

const folder = ownFolder('mistakes');
const SITE = { 'index.html': '<link rel=stylesheet href=a.css>', 'a.css': 'a{}' };
const site = (name, files = {}) => put(join(folder, name), { ...SITE, ...files });

test('options that cannot be', () => {
  const src = site('options');
  const out = `${src}-out`;
  built(src, out);
  for (const [args, message] of [
    [['build', src, '--out', '/'], /lies in \/, which a build replaces|\/ cannot be replaced/],
    [['build', src, '--out', '.'], /\. cannot be replaced; name another folder with --out/],
    [['build', src, '--out', join(src, 'a.css')], /a\.css is no folder; name another one with --out/],
    [
      ['build', src, '--out', out, '--cache', join(src, 'a.css')],
      /a\.css cannot be written; name another folder with --cache/,
    ],
    [['explain', '/a', out, '--method', ''], /--method: "" is none; write for example POST/],
    [['explain', '/a', out, '--method', 'a b'], /--method: "a b" is none/],
    [['explain', '/a', out, '--navigate', '--destination', 'image'], /--navigate asks for a page, and --destination/],
  ]) {
    const { status, stderr } = keepfresh(...args);
    assert.equal(status, 2, `${args}: ${stderr}`);
    assert.match(stderr, message);
  }
  for (const options of [
    ['--method', 'm-search'],
    ['--navigate', '--destination', 'document'],
  ])
    assert.equal(keepfresh('explain', '/a', out, ...options).status, 0, String(options));
  writeFileSync(join(out, 'keepfresh.json'), '{');
  assert.match(
    keepfresh('explain', '/a', out).stderr,
    /options-out.keepfresh\.json cannot be read; build the site again: EOF/,
  );
});

describe('settings of another type', () => {
  for (const [toml, message] of [
    ['keep = -1', /line 1, column 8\n[^]*integer `-1`, expected a whole number from 0 on$/],
    ['memory-bytes = "4M"', /string "4M", expected a whole number from 0 on$/],
    ['[names]\ndigits = 1.5', /line 2, column 10\n[^]*expected a whole number from 0 on$/],
    ['[budget]\nmax-entries = -1', /expected a whole number from 0 on$/],
    ['exclude = "a"', /string "a", expected a list$/],
    ['keep = "expected u64"', /keep = "expected u64"\n[^]*string "expected u64", expected a whole number from 0 on$/],
    ['integrity = true', /integrity = true\n[^]*expected a name$/],
  ])
    test(toml.replace('\n', ' '), () => {
      const src = site('settings', { 'keepfresh.toml': toml });
      const { status, stderr } = keepfresh('build', src, '--out', `${src}-out`);
      assert.equal(status, 2);
      assert.match(stderr.trimEnd(), message);
    });
});

test('rules for a host that nobody can read are told of', () => {
  for (const [name, content, reason] of [
    ['firebase.json', '{"hosting": {"headers": [}', /it cannot be read, .*: expected value at line 1 column 26/],
    ['vercel.json', '{', /it cannot be read, so nobody knows which files it speaks of: EOF/],
    ['serve.json', 'x', /it cannot be read/],
    ['staticwebapp.config.json', '// a comment\n{}', /it cannot be read/],
    ['netlify.toml', '[[headers', /it cannot be read/],
  ]) {
    const src = site(`rules-${name}`, { [name]: content });
    const { findings } = JSON.parse(built(src, `${src}-out`, '--json').stdout);
    const told = findings.map(({ path, code, severity }) => `${severity} ${code} ${path}`);
    assert.deepEqual(told, [`warning unreadable ${name}`]);
    assert.match(findings[0].message, reason);
    for (const [path, other] of [
      [name, name.endsWith('.toml') ? '# a comment' : '\ufeff{}'],
      [name, ' \n'],
      [`templates/${name}`, content],
    ]) {
      put(src, { [path]: other });
      assert.deepEqual(JSON.parse(built(src, `${src}-out`, '--json').stdout).findings, [], path);
    }
  }
});

test('the rules of Firebase may have comments, and policies count in what nobody can read', () => {
  const script = 'import("./a.js")';
  const digest = createHash('sha256').update(script).digest('base64');
  const policy = `"Content-Security-Policy", "value": "script-src 'self' 'sha256-${digest}'"`;
  const rules = (beside) =>
    `{"hosting": {"headers": [${beside} {"source": "/b.css", "headers": [{"key": "X", "value": "1"}]},
      {"source": "**", "headers": [{"key": ${policy}}]}]}} // rules`;
  for (const [name, content, url] of [
    ['firebase.json', rules('/* "of all" */'), 'b.css'],
    ['vercel.json', rules('{{rules}}'), 'b.kf.X.css'],
  ]) {
    const src = site(`policy-${name}`, {
      'index.html': `<link rel=stylesheet href=b.css><script>${script}</script>`,
      'a.js': '',
      'b.css': 'b{}',
      [name]: content,
    });
    const { findings } = JSON.parse(built(src, `${src}-out`, '--json').stdout);
    const isUnread = findings.some(({ code }) => code === 'unreadable');
    assert.equal(isUnread, name === 'vercel.json');
    const html = text(`${src}-out`, 'index.html').replaceAll(/\.kf\.\w+/g, '.kf.X');
    assert.ok(html.includes(`<script>${script}</script>`), `${name}: ${html}`);
    assert.ok(html.includes(`href=${url}`), `${name}: ${html}`);
  }
});
