// Fuzzes whatever parses: `npm run fuzz -- [--seconds N] [TARGET...]`. A finding is printed, kept in fuzz/artifacts/ and
// ends with exit code 1. What was learned stays in fuzz/corpus/ for the next run.

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { output, ROOT, run, say, which } from './run.mjs';

/** What libFuzzer needs of the compiler: counters at every edge, and what comparisons compare. */
const RUSTFLAGS = [
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '--cfg fuzzing',
  '-Ccodegen-units=1',
].join(' ');

/** The same inputs each time, from nothing: so that a test run fails for what was changed, never by chance. */
export const REPEATABLE = ['-runs=60000', '-seed=1'];

/**
 * @param limits how long libFuzzer looks, as it takes them.
 * @param targets their names; all of them if there is none.
 */
export async function fuzz(limits, targets = []) {
  if (!which('c++')) return say('fuzzing is left out: libFuzzer needs a C++ compiler (apt-get install g++)');
  const all = readdirSync(join(ROOT, 'fuzz/targets')).map((name) => name.replace('.rs', ''));
  const unknown = targets.find((name) => !all.includes(name));
  if (unknown) throw new Error(`there is no fuzz target ${unknown}; there are ${all.join(', ')}`);
  say('building the fuzz targets');
  const host = output('rustc', ['-vV'])?.match(/host: (.+)/)?.[1];
  const cargo = ['build', '--release', '--quiet', '--manifest-path', 'fuzz/Cargo.toml', '--target-dir', 'target/fuzz'];
  // A target of its own, so that build scripts are compiled without the flags.
  await run('cargo', [...cargo, '--target', host], { env: { RUSTFLAGS } });
  for (const name of targets.length > 0 ? targets : all) {
    say(`fuzzing ${name}: ${limits.join(' ')}`);
    const [corpus, artifacts] = [`fuzz/corpus/${name}`, `fuzz/artifacts/${name}/`];
    for (const folder of [corpus, artifacts]) mkdirSync(join(ROOT, folder), { recursive: true });
    const known = limits === REPEATABLE ? [] : [corpus];
    const program = join(ROOT, 'target/fuzz', host, 'release', name);
    const options = [...limits, `-artifact_prefix=${artifacts}`, '-max_len=2048', '-timeout=5'];
    await run(program, [...known, ...options, '-dict=fuzz/words.dict', '-verbosity=0', '-print_final_stats=1']);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const options = { help: { type: 'boolean', short: 'h' }, seconds: { type: 'string', default: '60' } };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  if (values.help) console.log('npm run fuzz -- [--seconds N] [TARGET...]   (default: 60 seconds for each target)');
  else await fuzz([`-max_total_time=${Number(values.seconds)}`], positionals);
}
