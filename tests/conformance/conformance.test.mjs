// The parts of the runner, as tables. None of this needs the suite.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { removeFolder, temporaryFolder } from '../browser/processes.mjs';
import { fieldValue } from './macros.mjs';
import { inParallel } from './pool.mjs';
import { runNative } from './run-native.mjs';
import { loadSuite, select } from './suite.mjs';
import { verdicts } from './verdict.mjs';

const NOW = Date.parse('1994-11-06T08:49:37Z');

it('fills in what depends on the response', () => {
  const short = { rfc850date: ['expires'] };
  const magic = { magic_locations: true };
  const cases = [
    // field                       entry  value
    [['Date', 0], {}, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [['Expires', 60], {}, 'Sun, 06 Nov 1994 08:50:37 GMT'],
    [['Last-Modified', -3600], {}, 'Sun, 06 Nov 1994 07:49:37 GMT'],
    [['Expires', 0], short, 'Sunday, 06-Nov-94 08:49:37 GMT'],
    [['Date', 0], short, 'Sun, 06 Nov 1994 08:49:37 GMT'],
    [['Expires', '0'], {}, '0'],
    [['Location', ''], magic, '/test/1'],
    [['Content-Location', 'there'], magic, '/test/1/there'],
    [['Location', 'there'], {}, 'there'],
    [['ETag', '"a"'], magic, '"a"'],
  ];
  for (const [field, entry, expected] of cases) {
    assert.equal(fieldValue(field, { now: NOW, path: '/test/1' }, entry), expected, JSON.stringify([field, entry]));
  }
});

const PASSED = { passed: true, reason: '', isSetup: false };
const FAILED = { passed: false, reason: 'it is stale', isSetup: false };
const UNPREPARED = { passed: false, reason: 'status', isSetup: true };

it('counts a test only with all that it depends on', () => {
  const tests = ['a', 'b', 'c', 'd'].map((id, index) => ({
    id,
    kind: 'required',
    depends_on: index > 0 ? ['abc'[index - 1]] : undefined,
  }));
  const cases = [
    // a, b, c, d                       passes
    [[PASSED, PASSED, PASSED, PASSED], 'abcd'],
    [[PASSED, PASSED, FAILED, PASSED], 'ab'],
    [[FAILED, PASSED, PASSED, PASSED], ''],
    [[PASSED, UNPREPARED, PASSED, PASSED], 'a'],
    [[PASSED, undefined, PASSED, PASSED], 'a'],
  ];
  for (const [outcomes, expected] of cases) {
    const judged = verdicts(tests, new Map(outcomes.map((outcome, index) => ['abcd'[index], outcome])));
    const passing = judged.filter(({ passed }) => passed).map(({ id }) => id);
    assert.equal(passing.join(''), expected, JSON.stringify(outcomes));
  }
});

it('reads the suite from a file, a folder and a checkout, and says what to do without it', async (t) => {
  const folder = temporaryFolder('suite');
  t.after(() => removeFolder(folder));
  const suites = JSON.stringify([
    {
      tests: [
        { id: 'a', browser_only: true },
        { id: 'b', cdn_only: true, kind: 'check' },
      ],
    },
  ]);
  mkdirSync(join(folder, 'data'));
  mkdirSync(join(folder, 'checkout', 'tests'), { recursive: true });
  writeFileSync(join(folder, 'data', 'suites.json'), suites);
  writeFileSync(join(folder, 'checkout', 'tests', 'index.mjs'), `export default ${suites};`);
  writeFileSync(join(folder, 'other.json'), '{}');

  for (const path of ['data/suites.json', 'data', 'checkout']) {
    const tests = await loadSuite(join(folder, path));
    assert.deepEqual([tests[0].kind, tests[1].kind], ['required', 'check'], path);
    const ids = (mode) => select(tests, mode).map(({ id }) => id);
    assert.deepEqual([ids('private'), ids('shared')], [['a'], ['b']], path);
  }
  for (const path of ['nowhere', 'other.json', 'data/..']) {
    await assert.rejects(loadSuite(join(folder, path)), /git clone.*--suite PATH/s, path);
  }
});

it('reads what the native program prints', async (t) => {
  const folder = temporaryFolder('program');
  t.after(() => removeFolder(folder));
  const program = (text) => {
    writeFileSync(join(folder, 'program.mjs'), text);
    return `${process.execPath} ${join(folder, 'program.mjs')}`;
  };
  const report = `import { readFileSync } from 'node:fs';
    const [file, mode] = process.argv.slice(2);
    const [{ tests }] = JSON.parse(readFileSync(file, 'utf8'));
    for (const { id } of tests) console.log(JSON.stringify({ id, passed: id === 'a', reason: mode }));`;
  const run = (text) => runNative({ tests: [{ id: 'a' }, { id: 'b' }], mode: 'shared', command: program(text) });

  const outcomes = await run(report);
  assert.deepEqual([outcomes.get('a').passed, outcomes.get('b').reason], [true, 'shared']);
  await assert.rejects(run('console.log("hello")'), /not the outcome of a test: hello/);
  await assert.rejects(run('process.exit(3)'), /failed with exit code 3/);
});

it('does no more at once than it may', async () => {
  let [underWay, most] = [0, 0];
  const done = [];
  await inParallel([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    underWay--;
    done.push(item);
  });
  assert.deepEqual([most, done], [2, [1, 2, 3, 4, 5]]);
});
