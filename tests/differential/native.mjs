// The same questions put to both crates, without wasm in between: `crate/` reads exchanges and prints answers.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CAME } from './generate.mjs';
import { requestText, responseText } from './ours.mjs';

const MANIFEST = fileURLToPath(new URL('crate/Cargo.toml', import.meta.url));
const OPTIONS = { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['pipe', 'pipe', 'inherit'] };
const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../target/differential', import.meta.url));

/** Builds the program. Says whether it is there: without cargo there is none. */
export function build() {
  const where = ['--manifest-path', MANIFEST, '--target-dir', TARGET];
  const { error, status } = spawnSync('cargo', ['build', '--release', '--quiet', '--locked', ...where], OPTIONS);
  if (error?.code === 'ENOENT') return false;
  if (status !== 0) throw new Error('tests/differential/crate does not build');
  return true;
}

/** The answers of our crate and of the other one to each exchange. A panic is an answer: `storable` is `panic`. */
export function native(exchanges) {
  const input = exchanges.map((one) => `${textOf(one)}\x1e`).join('');
  const { status, stdout } = spawnSync(join(TARGET, 'release', 'answers'), { ...OPTIONS, input });
  if (status !== 0) throw new Error('the crates gave no answers');
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => {
    const parts = line.split('\t');
    return { ours: answer(parts.slice(0, 4)), theirs: answer(parts.slice(4)) };
  });
}

function textOf(exchange) {
  const { shared, method, request, elapsed, presentedMethod, presented } = exchange;
  const heads = [requestText(method, request), responseText(exchange), requestText(presentedMethod, presented)];
  return [`${shared ? 'shared' : 'private'} ${CAME} ${elapsed}`, ...heads].join('\x1d');
}

const answer = ([storable, ttl, conditions, reuse]) =>
  storable === 'true'
    ? { storable: true, ttl: Number(ttl), conditions, reuse }
    : { storable: JSON.parse(quoted(storable)) };

const quoted = (word) => (word === 'panic' ? '"panic"' : word);
