// Runs the command line as a user would.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The program under test. */
export const PROGRAM = process.env.KEEPFRESH_BIN ?? `${ROOT}target/release/keepfresh`;

/** Runs `keepfresh` to its end: `{status, stdout, stderr}`. */
export function keepfresh(...args) {
  const { status, stdout, stderr, error } = spawnSync(PROGRAM, args, { encoding: 'utf8' });
  if (error) throw new Error(`${PROGRAM} could not be started; build it with \`npm run build\``, { cause: error });
  return { status, stdout, stderr };
}
