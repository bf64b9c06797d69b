// Runs the public HTTP cache tests: `node tests/conformance/index.mjs`. The table goes to stdout, what is going on to
// stderr.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { say } from '../../scripts/run.mjs';
import { differences, readExpected, updated, writeExpected } from './expectations.mjs';
import { HOSTS } from './hosts.mjs';
import { KINDS, loadSuite, select } from './suite.mjs';
import { failed, rows, verdicts } from './verdict.mjs';

const HELP = `usage: node tests/conformance/index.mjs [OPTIONS]

Runs the public HTTP cache tests (https://github.com/http-tests/cache-tests) against every host of the cache, and
compares with expected.json.

Options:
  --suite PATH  the tests: suites.json, its folder, or a checkout; default: ../shared/http-cache-tests, if it is there
  --host NAME   only this host; may be repeated: ${HOSTS.map(({ name }) => name).join(', ')}
                default: all but the peers, and of the browsers those that KEEPFRESH_ENGINES names
  --json FILE   also write the results to FILE
  --update      write what was found into expected.json; reasons that are there are kept
  --help        show this

Exits with 0 if all is as expected, 1 if anything differs, 2 if a host could not be run.`;

async function main(args) {
  const options = {
    help: { type: 'boolean', short: 'h' },
    host: { type: 'string', multiple: true },
    json: { type: 'string' },
    suite: { type: 'string' },
    update: { type: 'boolean' },
  };
  const { values } = parseArgs({ args, options });
  if (values.help) return console.log(HELP);

  const suite = await loadSuite(values.suite);
  const { results, faults } = await runAll(suite, chosen(values.host));
  console.log(table(results));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results.map(summary), null, 2)}\n`);
  for (const fault of faults) console.error(fault);

  const expected = readExpected();
  const ours = results.filter(({ host }) => !host.isPeer);
  if (values.update) {
    for (const { key, judged } of ours) expected[key] = updated(expected[key], judged);
    await writeExpected(expected);
  }
  const lines = ours.flatMap(({ key, judged }) => differences(expected[key], judged).map((line) => `${key}: ${line}`));
  for (const line of lines) console.error(line);
  process.exitCode = faults.length > 0 ? 2 : lines.length > 0 ? 1 : 0;
}

function chosen(names) {
  for (const name of names ?? []) {
    if (!HOSTS.some((host) => host.name === name)) throw new Error(`there is no host ${name}\n\n${HELP}`);
  }
  if (names) return HOSTS.filter(({ name }) => names.includes(name));
  const engines = process.env.KEEPFRESH_ENGINES?.toLowerCase().split(/\s*,\s*/);
  const isLeftOut = ({ name }) =>
    engines && ['chromium', 'firefox', 'webkit'].includes(name) && !engines.includes(name);
  return HOSTS.filter((host) => !host.isPeer && !isLeftOut(host));
}

/** One host after the other: each takes as much of the machine as there is. */
async function runAll(suite, hosts) {
  const [results, faults] = [[], []];
  for (const host of hosts) {
    for (const mode of host.modes) {
      const key = `${host.name} ${mode}`;
      const tests = select(suite, mode);
      say(`${key}: ${tests.length} tests`);
      try {
        const judged = verdicts(tests, await host.run({ tests, mode }));
        results.push({ key, host, mode, judged });
      } catch (error) {
        faults.push(`${key} could not be run: ${error.message}`);
      }
    }
  }
  return { results, faults };
}

const summary = ({ host, mode, judged }) => ({
  host: host.name,
  mode,
  rows: rows(host.name, mode, judged),
  failed: failed(judged),
});

function table(results) {
  const score = ({ passed, run }) => `${passed}/${run}`.padStart(10);
  const lines = results.map(({ key, host, mode, judged }) => {
    return key.padEnd(22) + rows(host.name, mode, judged).map(score).join('');
  });
  return [' '.repeat(22) + KINDS.map((kind) => kind.padStart(10)).join(''), ...lines].join('\n');
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`conformance: ${error.message}`);
  process.exitCode = 2;
});
