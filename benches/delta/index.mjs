// How long a worker takes to decode: our module beside libzstd compiled to wasm, on files of real releases.
//
// `delta` is the `.dcz` that our build writes from the release before; `whole` is the new file as a frame of its own (level
// 19). Everything is decoded in one go, copied in and out, and compared with what it should be. Of libzstd there is one
// build that takes dictionaries, and one that only decodes (`zstddec`), for what that alone weighs. In Node: the same V8.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';
import { median } from '../start/rounds.mjs';
import { hasCli } from '../start/site.mjs';
import { unpacked } from '../update/packages.mjs';
import { decoders } from './decoders.mjs';

/** A file, and the releases before and after, by the name of a case; the smallest first. */
const FILES = {
  'react-dom': ['cjs/react-dom-client.production.js', ['19.2.9', '19.3.0']],
  three: ['build/three.core.js', ['0.186.1', '0.187.0']],
  'monaco-editor': [/^min\/vs\/editor-\w+\.js$/, ['0.56.0', '0.57.0']],
  typescript: ['lib/typescript.js', ['5.8.3', '5.9.2']],
};

export const summary = 'how long deltas take to decode, beside libzstd as wasm (2 minutes, and downloads packages)';
export const baseline = 'libzstd';
export const cases = [
  ...['delta', 'whole', 'memory'].flatMap((what) => Object.keys(FILES).map((name) => `${what}/${name}`)),
  'size',
];

const CLI = join(ROOT, 'target/release/keepfresh');

/** Runs the cases that `wants` asks for, the subjects in turns. Returns rows of medians. */
export default async function run({ rounds = 15, say, wants }) {
  if (!hasCli()) throw new Error('there is no target/release/keepfresh, which encodes deltas: run `npm run build`');
  if (loadavg()[0] > availableParallelism() / 2)
    say('this machine is busy with something else: expect figures that are too high');
  const { compress, subjects } = await decoders();
  const rows = [];
  const add = (name, subject, median, unit) => rows.push({ bench: 'delta', case: name, subject, median, unit });
  for (const [name, [path, releases]] of Object.entries(FILES)) {
    if (!['delta', 'whole', 'memory'].some((what) => wants(`${what}/${name}`))) continue;
    say(`${name} ${releases.join(' to ')}: encoding`);
    const [old, now] = releases.map((release) => file(name, release, path));
    const forms = { delta: deltaOf(old, now), whole: compress(now, 19) };
    say(
      `${name}: ${now.length} bytes, a delta of ${forms.delta.length}, whole ${forms.whole.length}; ${rounds} rounds`,
    );
    for (const [what, form] of Object.entries(forms)) {
      if (!wants(`${what}/${name}`)) continue;
      const able = subjects.filter((subject) => subject[what]);
      const call =
        what === 'delta' ? ({ delta }) => delta(old, form, now.length) : ({ whole }) => whole(form, now.length);
      const figures = taken(able, rounds, call, now);
      for (const [i, subject] of able.entries()) {
        add(`${what}/${name}`, subject.name, figures[i], 'ms');
        add(`${what}/${name}/rate`, subject.name, now.length / 1000 / figures[i], 'MB/s');
      }
    }
    for (const subject of subjects.filter(({ memory }) => memory && wants(`memory/${name}`))) {
      const times = subject.memory(old, forms.delta, now.length) / (old.length + now.length);
      add(`memory/${name}`, subject.name, Math.round(times * 100) / 100, 'x old+new');
    }
  }
  if (wants('size')) for (const { name, size } of subjects) add('size', name, size, 'bytes');
  return { rows, about: about() };
}

/** Medians of milliseconds, in turns; the first round lets the engine compile what it will. */
function taken(subjects, rounds, call, expected) {
  const figures = subjects.map(() => []);
  for (let round = -3; round < rounds; round++) {
    for (const [i, subject] of subjects.entries()) {
      const start = performance.now();
      const bytes = call(subject);
      const time = performance.now() - start;
      if (round >= 0) figures[i].push(time);
      else if (Buffer.compare(bytes, expected) !== 0) throw new Error(`${subject.name} has decoded something else`);
    }
  }
  return figures.map(median);
}

/** A file of a package's release. */
function file(name, release, path) {
  const folder = unpacked(name, release);
  if (typeof path === 'string') return readFileSync(join(folder, path));
  const found = readdirSync(folder, { recursive: true }).find((one) => path.test(one));
  if (!found) throw new Error(`${name} ${release} has no file like ${path}`);
  return readFileSync(join(folder, found));
}

/** The delta that our build writes; for text, which it leaves as it is. */
function deltaOf(old, now) {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-bench-'));
  try {
    const [source, out] = ['source', 'out'].map((name) => join(folder, name));
    mkdirSync(source);
    writeFileSync(join(source, 'index.html'), '<!doctype html>\n<link rel="prefetch" href="file.txt">\n');
    for (const bytes of [old, now]) {
      writeFileSync(join(source, 'file.txt'), bytes);
      execFileSync(CLI, ['build', source, '--out', out, '--keep', '1'], { stdio: 'pipe' });
    }
    const mark = createHash('sha256').update(now).digest('hex').slice(0, 20);
    const delta = readdirSync(join(out, 'keepfresh')).find((one) => one.endsWith(`.kf.${mark}.dcz`));
    if (!delta) throw new Error('the build has made no delta');
    return readFileSync(join(out, 'keepfresh', delta));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function about() {
  const version = (name) => JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')).version;
  const peers = ['@bokuweb/zstd-wasm', 'zstddec'].map((name) => `${name} ${version(name)}`);
  return [`Node ${process.versions.node}`, ...peers].join(', ');
}
