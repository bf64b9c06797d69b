// The native subjects: a program of tests/differential/crate, which has both crates in it.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';
import { CAME, URL } from './cases.mjs';

const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target/differential');
const COLUMNS = ['keepfresh native', 'keepfresh native, text', 'http-cache-semantics native'];

/** Builds the program. Says whether it is there. */
export function build() {
  const manifest = join(ROOT, 'tests/differential/crate/Cargo.toml');
  const args = ['build', '--release', '--quiet', '--locked', '--manifest-path', manifest, '--target-dir', TARGET];
  return spawnSync('cargo', args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** Nanoseconds of each native subject for each of the cases: `{ decide, store }` by subject. */
export function times(cases) {
  const input = cases.map((one) => `${textOf(one)}\x1e`).join('');
  const { status, stdout } = spawnSync(join(TARGET, 'release', 'decide'), { encoding: 'utf8', input });
  if (status !== 0) throw new Error('the native program failed');
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const figures = line.split('\t').map(Number);
      return COLUMNS.map((subject, i) => ({ subject, decide: figures[i], store: figures[i + COLUMNS.length] }));
    });
}

function textOf({ shared, request, response, elapsed, presented }) {
  const lines = (fields) =>
    Object.entries(fields)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join('');
  const asked = (fields) => `GET\n${URL}\ncors\n\ndefault\n${lines(fields)}`;
  const first = `${shared ? 'shared' : 'private'} ${CAME} ${elapsed}`;
  return [first, asked(request), `200\n\n${lines(response)}`, asked(presented)].join('\x1d');
}
