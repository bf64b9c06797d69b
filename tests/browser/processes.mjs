// Programs and folders beside a test: none is left when the test is over, however it ends.

import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, which } from '../../scripts/run.mjs';

/** Inherited by everything that a program starts, so that browsers left by their driver are found as well. */
const MARK = 'KEEPFRESH_TEST_PROCESS';

const running = new Set();
const folders = new Set();

/** A new folder that is removed in the end. */
export function temporaryFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `keepfresh-${name}-`));
  folders.add(folder);
  return folder;
}

/** Removes a temporary folder. */
export function removeFolder(folder) {
  // A program that was killed a moment ago may still have been writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  folders.delete(folder);
}

/** Starts a program. `lines` are what it said so far, on both streams. */
export function start(command, args, { env = {}, stdio = ['ignore', 'pipe', 'pipe'] } = {}) {
  if (!which(command)) throw new Error(`${command} is not on PATH`);
  const mark = randomUUID();
  const child = spawn(command, args, { env: environment({ ...env, [MARK]: mark }), stdio });
  const program = { child, lines: [], exited: new Promise((resolve) => child.once('exit', resolve)), mark };
  for (const stream of child.stdio.slice(1).filter(Boolean)) collectLines(stream, program.lines);
  child.once('error', (error) => program.lines.push(error.message));
  running.add(program);
  return program;
}

/** Ends a program and all that it started. */
export async function stop(program) {
  kill(program);
  await program.exited;
  running.delete(program);
}

/** Ports that were given away. */
const given = new Set();

/** A port that nobody listens on, and that nobody here has listened on: for a browser that would be the same site again. */
export async function freePort() {
  const port = await new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
  if (given.has(port)) return freePort();
  given.add(port);
  return port;
}

function collectLines(stream, lines) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    lines.push(...parts);
  });
}

function kill({ child, mark }) {
  child.kill('SIGKILL');
  for (const pid of markedWith(mark)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  }
}

/** Linux tells the environment of every process; elsewhere the drivers are trusted to clean up. */
function markedWith(mark) {
  const pids = readdirSync('/proc', { encoding: 'utf8' }).filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}`);
    } catch {
      return false;
    }
  });
}

process.once('exit', () => {
  running.forEach(kill);
  folders.forEach(removeFolder);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
