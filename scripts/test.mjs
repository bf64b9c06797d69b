// `npm test`: sets up, then runs every test. `.ci/run` calls it and nothing else does the work.
// `npm test -- NAME...` runs the stages whose names contain one of the words.

import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { install } from '../tests/hosts/install.mjs';
import { build } from './build.mjs';
import { fuzz, REPEATABLE } from './fuzz.mjs';
import { ROOT, run, say } from './run.mjs';
import { canUseApt, ENGINES, setUpBrowsers, setUpBuild, setUpPostgres, setUpRedis, setUpValkey } from './setup.mjs';
import { vendor } from './vendor.mjs';

const wanted = process.argv.slice(2);

/** What failed in the stage that ran last. */
const FAILURES = 'target/failures.txt';

/** Where the public suite of HTTP caching is, if it is there. */
const SUITE = '../shared/http-cache-tests/suites.json';

say('setting up (the first time takes about twelve minutes, later ones seconds)');
await setUpBuild();
const missing = await setUpBrowsers();
const engines = Object.keys(ENGINES).filter((name) => !missing.some((one) => one.name === name));
for (const { name, reason, command } of missing) {
  say(`${name} is left out (${reason}); to test in it: ${command}`);
}
const absent = [await setUpRedis(), await setUpPostgres()].filter(Boolean);
const valkey = await setUpValkey();
if (!valkey) absent.push('no valkey-server on PATH, and no pip to get one with');
for (const reason of absent) say(`${reason}; what needs it is left out`);
await build();
await vendor();

const browsers = { Chromium: '--chrome', Firefox: '--firefox' };
const inWorkers = engines.filter((name) => browsers[name]);
const testsIn = (files) => [
  '--test',
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  '--test-reporter=./scripts/failures.mjs',
  `--test-reporter-destination=${FAILURES}`,
  ...files,
];
const nodeTests = (folder) => testsIn(testFiles(folder));
const env = { KEEPFRESH_ENGINES: engines.join(',') };

/** The tests of Node that say something of Deno as well. Its own `caches` are in the way of others. */
const IN_DENO = [
  'bodied',
  'caching-fetch',
  'files',
  'files-long',
  'heads',
  'memoize',
  'origins',
  'readers',
  'redis',
  'redis-large',
  'redis-leads',
  'redis-memory',
  'servers',
  'stalled',
  'stores',
  'timeouts',
].map((name) => `tests/node/${name}.test.mjs`);

/** The tests of Node that need a Redis. */
const ON_VALKEY = ['consistency', 'redis', 'redis-clients', 'redis-large', 'redis-leads', 'redis-memory'].map(
  (name) => `tests/node/${name}.test.mjs`,
);

/** Each: its name, what it runs, and the engines it runs in. */
const stages = [
  ['formatting', () => run('cargo', ['fmt', '--check'])],
  ['formatting of scripts', () => run('prettier', ['--check', '--log-level=warn', '.'])],
  [
    'lints',
    () =>
      run('cargo', [
        'clippy',
        '--quiet',
        '--locked',
        '--all-targets',
        '--features',
        'cli,conformance,http-types',
        '--',
        '-D',
        'warnings',
      ]),
  ],
  [
    'lints for wasm',
    async () => {
      // With what the npm package has, and without, as in the worker script that the build writes.
      const lean = ['--lib', '--no-default-features'];
      for (const what of [
        ['--tests'],
        lean,
        [...lean, '--features', 'engine,ledger'],
        [...lean, '--features', 'installer'],
      ]) {
        const target = ['--target', 'wasm32-unknown-unknown'];
        await run('cargo', ['clippy', '--quiet', '--locked', ...what, ...target, '--', '-D', 'warnings']);
      }
    },
  ],
  [
    'types',
    () =>
      run('tsc', [
        '--noEmit',
        '--emitDeclarationOnly',
        'false',
        '--declaration',
        'false',
        '--project',
        'tsconfig.json',
      ]),
  ],
  [
    'docs',
    () =>
      run('cargo', ['doc', '--quiet', '--locked', '--no-deps', '--features', 'build,http-types'], {
        env: { RUSTDOCFLAGS: '-D warnings' },
      }),
  ],
  ['rules and build', () => run('cargo', ['test', '--quiet', '--locked', '--features', 'cli,http-types'])],
  ['command line', () => run('node', nodeTests('tests/cli'))],
  ['headers on hosts', headersOnHosts],
  ['Node host', () => run('node', nodeTests('tests/node'))],
  valkey && ['Redis store on Valkey', () => run('node', testsIn(ON_VALKEY), { env: { KEEPFRESH_REDIS: valkey } })],
  ['Deno', () => run('deno', ['test', '--allow-all', '--no-check', '--no-lock', ...IN_DENO, 'tests/edge/in-deno.mjs'])],
  ['edge host (workerd)', () => run('node', nodeTests('tests/edge'))],
  [`vectors (Node, ${engines.join(', ')})`, () => run('node', nodeTests('tests/vectors'), { env })],
  ['rows of the peers', () => run('node', nodeTests('tests/peers'))],
  ['conformance runner', () => run('node', nodeTests('tests/conformance'))],
  ['differences from http-cache-semantics', () => run('node', nodeTests('tests/differential'))],
  ['fuzz targets', () => fuzz(REPEATABLE)],
  existsSync(join(ROOT, SUITE)) && [`conformance (native, node, ${engines.join(', ')})`, conformance],
  inWorkers.length && [
    `wasm in service workers (${inWorkers.join(', ')})`,
    () =>
      run('wasm-pack', [
        '--log-level',
        'warn',
        'test',
        '--headless',
        ...inWorkers.map((name) => browsers[name]),
        '--',
        '--locked',

        '--lib',
        '--test',
        'stories',
        '--test',
        'vectors',
        '--test',
        'cache_storage',
      ]),
  ],
  engines.length && [
    `sites in browsers (${engines.join(', ')})`,
    // They wait for the most part: for networks that fail, and for time-outs.
    () => run('node', ['--test-concurrency=2', ...nodeTests('tests/browser')], { env }),
  ],
  engines.includes('Chromium') && ['trees before and after', () => run('node', nodeTests('tests/trees'), { env })],
  engines.includes('Chromium') && ['systems', () => run('node', nodeTests('tests/systems'))],
  engines.includes('Chromium') && ['npm package', () => run('node', nodeTests('tests/package'), { env })],
].filter(Boolean);

if (!existsSync(join(ROOT, SUITE))) {
  say(
    `conformance is left out: the public suite is not at ${SUITE}; npm run conformance -- --suite PATH runs another copy`,
  );
}

/** nginx, Apache and Caddy are fetched for it, if they are not there, and not installed. */
function headersOnHosts() {
  for (const reason of install()) say(`left out: ${reason}`);
  return run('node', nodeTests('tests/hosts'));
}

/** The public suite, and the README's table of what came of it. */
async function conformance() {
  const hosts = ['native', 'node', ...engines.map((name) => name.toLowerCase())];
  await run('node', ['tests/conformance/index.mjs', ...hosts.flatMap((name) => ['--host', name])], { env });
  await run('node', ['tests/conformance/score.mjs', '--check']);
}

const failed = [];
let passed = 0;
for (const [name, stage] of stages) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  say(`testing: ${name}`);
  rmSync(FAILURES, { force: true });
  try {
    await stage();
    passed += 1;
  } catch (error) {
    failed.push(`${name}${failuresOf(FAILURES)}`);
    say(`FAILED: ${name}: ${error.message}`);
  }
}

say(
  `engines tested: ${engines.join(', ') || 'none'}${missing.length ? `; left out: ${missing.map((one) => one.name).join(', ')}` : ''}`,
);
if ((missing.length > 0 || absent.length > 0) && canUseApt()) failed.push('programs that this machine could install');
for (const name of failed) say(`failed: ${name}`);
console.log(`stages: ${passed} passed, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);

/** The test files of a folder. */
function testFiles(folder) {
  const files = readdirSync(join(ROOT, folder)).filter((name) => name.endsWith('.test.mjs'));
  return files.sort().map((name) => join(folder, name));
}

/** What a stage's tests said of their failures, to be said once more at the end, if it is tests that have failed. */
function failuresOf(file) {
  return existsSync(file) ? `\n${readFileSync(file, 'utf8')}`.trimEnd() : '';
}
