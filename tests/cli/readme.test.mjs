// What the README says is there, and what is there is in the README.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ownFolder, put } from './folder.mjs';
import { keepfresh, ROOT } from './run.mjs';

const folder = ownFolder('readme');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const examples = (language) =>
  [...README.matchAll(/^ *```(\w+)\n(.*?)^ *```/gms)].filter(([, name]) => name === language).map(([, , text]) => text);

/** What stands in the README as code. */
const code = [...README.matchAll(/^ *```\w+\n.*?^ *```|`[^`\n]+`/gms)].join('\n');
const isNamed = (name) => new RegExp(`(?<![\\w-])${name.replace(/[$.]/g, '\\$&')}(?![\\w-])`).test(code);

const help = (...command) => keepfresh(...command, '--help').stdout;
const commands = [...help().matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
const optionsOf = (text) => [...text.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name);

describe('the command line', () => {
  test('each command is in the README', () => {
    assert.ok(commands.length > 8, String(commands));
    assert.deepEqual(
      commands.filter((name) => !isNamed(`keepfresh ${name}`)),
      [],
    );
  });

  test('each option is, and what is in the README is one', () => {
    const known = commands.flatMap((command) => optionsOf(help(command)));
    const missing = [...new Set(known)].filter((name) => name !== '--help' && !code.includes(name));
    assert.deepEqual(missing, []);
    const calls = examples('sh')
      .join('')
      .match(/^keepfresh [^#\n]*/gm);
    const written = [...code.matchAll(/^`(--[^`]*)/gm)].map(([, text]) => text);
    const named = [...calls, ...written].flatMap((text) => text.match(/(?<![\w-])--[a-z-]+/g) ?? []);
    assert.ok(named.length > 20);
    const unknown = named.filter((name) => !known.includes(name));
    assert.deepEqual(unknown, []);
  });
});

describe('the settings', () => {
  test('each is in the README', () => {
    const schema = JSON.parse(keepfresh('schema').stdout);
    const keys = new Set();
    const walk = (node) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [name, value] of Object.entries(node))
        if (name === 'properties') Object.keys(value).forEach((key) => keys.add(key));
      Object.values(node).forEach(walk);
    };
    walk(schema);
    assert.ok(keys.size > 50, [...keys].join());
    assert.deepEqual(
      [...keys].filter((key) => !isNamed(key)),
      [],
    );
  });

  // What they speak of.
  const SITE = {
    'index.html': '<script type="module">navigator.serviceWorker?.register("sw.js");</script>',
    'data/items.json': '{"items": [{"image": "../big/a.png"}]}',
    ...Object.fromEntries(
      'articles/a.html big/a.png docs/a.html downloads/a.zip drafts/a.html fonts/a.woff2 offline.html vendor/a.js app/a.js'
        .split(' ')
        .concat('locales/de.json', 'parts/head.html', 'parts/foot.html', 'parts/offline.html')
        .map((path) => [path, '{}']),
    ),
  };
  for (const [index, toml] of examples('toml').entries())
    test(`an example can be built with, and says nothing that is not there: ${toml.trim().split('\n')[0]}`, () => {
      const src = put(join(folder, `toml-${index}`), { ...SITE, 'keepfresh.toml': toml });
      const { status, stdout, stderr } = keepfresh('build', src, '--out', `${src}-out`, '--json', '--strict');
      assert.equal(status, 0, stdout + stderr);
      const idle = JSON.parse(stdout).findings.filter(({ severity }) => severity !== 'note');
      assert.deepEqual(idle, []);
    });
});

describe('the npm package', () => {
  const types = readdirSync(join(ROOT, 'pkg'), { recursive: true }).filter((path) => path.endsWith('.d.ts'));
  const text = (path) => readFileSync(join(ROOT, 'pkg', path), 'utf8');

  test('each function is in the README', () => {
    const entries = types.filter((path) => !path.includes('/')).map(text);
    const listed = entries
      .flatMap((entry) => [...entry.matchAll(/export (?!type)\{([^}]*)\}/g)])
      .map(([, names]) => names);
    const functions = listed
      .join()
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name && !name.startsWith('type '));
    const declared = entries
      .flatMap((entry) => [...entry.matchAll(/export declare function (\w+)/g)])
      .map(([, name]) => name);
    const all = [...new Set([...functions, ...declared])];
    assert.ok(all.length > 25, String(all));
    assert.deepEqual(
      all.filter((name) => !isNamed(name)),
      [],
    );
  });

  test('what the tables of options name there is, and the reverse', () => {
    const fieldsOf = (path, name) => {
      const [body] = text(path).match(new RegExp(`^export interface ${name}\\b.*?^\\}`, 'ms'));
      return [...body.matchAll(/^ {4}(\w+)\??[:(]/gm)].map(([, field]) => field);
    };
    const common = fieldsOf('server/cache-options.d.ts', 'CacheOptions');
    const but = (...names) => common.filter((name) => !names.includes(name));
    const expected = [
      [...common, ...fieldsOf('server/caching-fetch.d.ts', 'CachingFetchOptions')],
      [...but('shared', 'targets'), ...fieldsOf('server/memoize.d.ts', 'MemoizeOptions')],
      fieldsOf('server/redis-store.d.ts', 'RedisStoreOptions'),
      fieldsOf('server/origins.d.ts', 'OriginsOptions'),
    ];
    const tables = [...README.matchAll(/^\| option (?:of `\w+` )?\| means .*\n\|.*\n((?:\|.*\n)+)/gm)];
    const named = tables.map(([, rows]) =>
      rows.split('\n').flatMap((row) => row.split(' | ')[0].match(/\w+(?=`)/g) ?? []),
    );
    const inOrder = (lists) => lists.map((list) => [...list].sort());
    assert.deepEqual(inOrder(named), inOrder(expected));
  });

  test('each option is', () => {
    const options = types.flatMap((path) => [
      ...text(path).matchAll(/^export interface (\w*Options|Route)\b.*?^\}/gms),
    ]);
    const fields = options.flatMap(([body, name]) =>
      [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, field]) => [name, field]),
    );
    assert.ok(fields.length > 60, String(fields.length));
    assert.deepEqual(
      fields.filter(([, field]) => !isNamed(field)),
      [],
    );
  });
});
