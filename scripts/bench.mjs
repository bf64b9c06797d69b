// Runs a benchmark: `npm run bench -- start`. The table goes to stdout, what is going on to stderr.
//
// A benchmark is a folder in benches/ with an index.mjs whose default export (or `run`) takes `{ rounds, say,
// wants }` and returns `{ rows, about }`. It may also export its `summary`, `cases` and `baseline`.

import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT, say } from './run.mjs';

const BENCHES = join(ROOT, 'benches');

async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      case: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      json: { type: 'string' },
      rounds: { type: 'string' },
    },
  });
  if (values.help) return console.log(await help());
  const [name, ...others] = positionals;
  if (!name || others.length > 0) throw new Error(`name one benchmark\n\n${await help()}`);
  if (!names().includes(name)) throw new Error(`there is no benchmark ${name}\n\n${await help()}`);
  if (values.rounds !== undefined && !/^[1-9]\d*$/.test(values.rounds)) {
    throw new Error(`--rounds takes a number from 1 up, not ${values.rounds}`);
  }

  const bench = await load(name);
  const wants = (path) => !values.case || isWithin(path, values.case) || isWithin(values.case, path);
  if (bench.cases && !bench.cases.some(wants)) {
    throw new Error(`${name} has no case ${values.case}; it has ${bench.cases.join(', ')}`);
  }
  const { rows: all, about } = await (bench.default ?? bench.run)({
    rounds: values.rounds && Number(values.rounds),
    say,
    wants,
  });
  const rows = all.filter((row) => !values.case || isWithin(row.case, values.case));
  if (about) console.log(`${about}\n`);
  console.log(table(rows, bench.baseline));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

/** Whether a case is the one that is named, or belongs to it: `cold/50` to `cold`, `cold/5000` not to `cold/50`. */
const isWithin = (path, name) => `${path}/`.startsWith(`${name}/`);

/** The benchmarks there are. */
const names = () => readdirSync(BENCHES).filter((name) => existsSync(join(BENCHES, name, 'index.mjs')));

const load = (name) => import(pathToFileURL(join(BENCHES, name, 'index.mjs')).href);

async function help() {
  const lines = await Promise.all(
    names().map(async (name) => {
      const { cases = [], summary = '' } = await load(name);
      return `  ${name.padEnd(10)} ${summary}${cases.length > 0 ? `\n${' '.repeat(13)}cases: ${cases.join(', ')}` : ''}`;
    }),
  );
  return `usage: npm run bench -- NAME [--case PREFIX] [--rounds N] [--json FILE]

Benchmarks:
${lines.join('\n')}

Options:
  --case PREFIX  only these cases: \`cold\`, or \`cold/50\`
  --rounds N     how often each figure is taken, in place of the case's own number
  --json FILE    also write the medians to FILE, as a list of {bench, case, subject, median, unit}`;
}

/** A line for each case: a column of medians for each subject, then what they are of the baseline's. */
function table(rows, baseline) {
  const subjects = [...new Set(rows.map((row) => row.subject))];
  const cases = [...new Set(rows.map((row) => row.case))];
  const compared = subjects.includes(baseline) ? subjects.filter((subject) => subject !== baseline) : [];
  const find = (path, subject) => rows.find((row) => row.case === path && row.subject === subject);
  // A variation that only some subjects have (`cold/50/no-static-routes`) is compared with what it varies.
  const findBaseline = (path) =>
    find(path, baseline) ?? (path.includes('/') ? findBaseline(path.slice(0, path.lastIndexOf('/'))) : undefined);
  const ratio = (row, base) => (row && base ? `${(row.median / base.median).toFixed(2)} x` : '');

  const header = ['case', '', ...subjects, ...compared.map((subject) => `${subject}/${baseline}`)];
  const lines = cases.map((path) => [
    path,
    rows.find((row) => row.case === path).unit,
    ...subjects.map((subject) => figure(find(path, subject))),
    ...compared.map((subject) => ratio(find(path, subject), findBaseline(path))),
  ]);
  const widths = header.map((_, i) => Math.max(...[header, ...lines].map((line) => line[i].length)));
  const aligned = (line) =>
    line.map((text, i) => (i < 2 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ');
  return [header, ...lines].map((line) => aligned(line).trimEnd()).join('\n');
}

/** Three digits say as much as a median can. */
function figure(row) {
  if (!row) return '';
  return row.unit === 'bytes' ? String(row.median) : row.median.toFixed(row.median < 100 ? 1 : 0);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 2;
}
