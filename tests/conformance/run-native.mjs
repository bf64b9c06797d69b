// Runs tests against the rules as a native program, in which the three seconds of a pause pass at once.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { environment, ROOT } from '../../scripts/run.mjs';
import { removeFolder, temporaryFolder } from '../browser/processes.mjs';

const CARGO = 'cargo run --quiet --release --features conformance --example conformance --';

/**
 * The command is given two more arguments: a file in the form of the suite's data, with these tests alone in it, and the
 * mode. It prints a line of JSON for each test, `{ id, passed, reason }`.
 *
 * @param command Default: what KEEPFRESH_CONFORMANCE says, or else the example of the crate.
 * @returns the outcome of every test, by its id.
 */
export async function runNative({ tests, mode, command = process.env.KEEPFRESH_CONFORMANCE ?? CARGO }) {
  const folder = temporaryFolder('conformance');
  try {
    const file = join(folder, 'suites.json');
    writeFileSync(file, JSON.stringify([{ id: 'selected', name: 'Selected tests', tests }]));
    return outcomes(await printed(command, [file, mode]));
  } finally {
    removeFolder(folder);
  }
}

async function printed(command, more) {
  const [program, ...args] = command.split(' ');
  const child = spawn(program, [...args, ...more], {
    cwd: ROOT,
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code, signal]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`\`${command}\` failed with ${signal ?? `exit code ${code}`}`);
  return output;
}

function outcomes(output) {
  const lines = output.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line) => {
    try {
      const { id, passed, reason = '' } = JSON.parse(line);
      return [id, { passed, reason, isSetup: false }];
    } catch (error) {
      throw new Error(`this is not the outcome of a test: ${line}`, { cause: error });
    }
  });
  return new Map(parsed);
}
