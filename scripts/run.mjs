// Runs the programs that the other scripts are made of, with the project's own tools first on PATH.

import { spawn, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. Every command runs from here. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where tools built from crates are kept: outside the checkout, so that a second clone finds them. */
export const TOOLS = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'keepfresh-tools');

/** The folder of one tool at one version. */
export const toolFolder = (name, version) => join(TOOLS, `${name}-${version}`);

const extraPath = [join(ROOT, 'node_modules', '.bin')];

/** Puts a folder in front of PATH for everything run from here on. */
export function addToPath(folder) {
  if (!extraPath.includes(folder)) extraPath.unshift(folder);
}

/** This process's environment with the project's tools on PATH. */
export function environment(extra = {}) {
  return { ...process.env, PATH: [...extraPath, process.env.PATH].join(delimiter), ...extra };
}

/** Runs a command and shows what it prints. Throws an Error naming the command if it fails. */
export function run(command, args, { cwd = ROOT, env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: environment(env), stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => reject(new Error(`could not start ${command}: ${error.message}`)));
    child.on('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`\`${[command, ...args].join(' ')}\` failed with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** What a command prints, trimmed; `undefined` if it is not there or fails. */
export function output(command, args) {
  const { status, stdout } = spawnSync(command, args, { cwd: ROOT, env: environment(), encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Where a program is, or `undefined`. */
export function which(program) {
  return output('sh', ['-c', `command -v "${program}"`]) || undefined;
}

/** Tells what is being done, in one line that stands out from the tools' own output. */
export function say(text) {
  process.stderr.write(`\x1b[1mkeepfresh\x1b[0m ${text}\n`);
}
