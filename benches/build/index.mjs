// How long a build takes: ours beside what else gives files new names, and beside the least that a build can do.
//
// Every subject is a process of its own, from start to exit, with its output in a folder of its own. They take turns.
// The trees are files of real packages (trees.mjs). Cases:
//
// - `12000`: nothing was built before, and nothing is in the page cache if that can be had.
// - `12000-warm`: the same is built again. Ours finds that nothing has changed; others do their whole work.
// - `one-changed`: a style sheet among 10,000 files has got one byte more since the last build; others as before.
// - `1000`, `10000`, `100000`: nothing was built before. That the time grows as the files do is to be seen in the line
//   with the milliseconds per 1,000 files.

import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { medians } from '../start/rounds.mjs';
import { install } from './install.mjs';
import { canDropCaches, fresh, remove, SCRATCH, settle, warmUp } from './scratch.mjs';
import { build, check, subjects as subjectsOf, urlOf } from './subjects.mjs';
import { tree as treeOf } from './trees.mjs';

export const summary = 'what a build costs, beside gulp-rev, Django, workbox-build and sha256sum with cp (an hour)';
export const baseline = 'sha256sum+cp';

const CASES = {
  'build/12000': { count: 12000, isCold: true },
  'build/12000-warm': { count: 12000, isRepeated: true },
  'build/one-changed': { count: 10000, isRepeated: true, changed: 'copy-0/katex/dist/katex.css' },
  'build/1000': { count: 1000, isScale: true },
  'build/10000': { count: 10000, isScale: true },
  'build/100000': { count: 100000, isScale: true, rounds: 3 },
};
export const cases = Object.keys(CASES);

const ROUNDS = 5;

/** Runs the cases that `wants` asks for. Returns rows of medians, and what they were measured with. */
export default async function run({ rounds, say, wants }) {
  const hasDjango = install(say);
  const subjects = subjectsOf({ hasDjango, say });
  if (loadavg()[0] > availableParallelism() / 2)
    say('this machine is busy with something else: expect figures that are too high');
  const wanted = cases.filter(wants);
  const canBeCold = canDropCaches();
  const rows = [];
  const sizes = new Map();
  // What an earlier run left when it was stopped.
  remove(SCRATCH);
  try {
    for (const name of wanted) {
      const one = { ...CASES[name], isCold: CASES[name].isCold && canBeCold };
      one.rounds = rounds ?? one.rounds ?? ROUNDS;
      const tree = await treeOf(one.count, say);
      sizes.set(one.count, `${one.count} files of ${Math.round(tree.bytes / 1e6)} MB`);
      say(`${name}: ${one.rounds} rounds`);
      const figures = await times({ ...one, say, subjects, tree });
      for (const [i, subject] of subjects.entries())
        rows.push({ bench: 'build', case: name, subject: subject.name, median: round(figures[i]), unit: 'ms' });
    }
  } finally {
    remove(SCRATCH);
  }
  const versions = subjects.filter(({ version }) => version).map(({ name, version }) => `${name} ${version()}`);
  const isCold = canBeCold && wanted.some((name) => CASES[name].isCold);
  const cache = isCold
    ? 'nothing in the page cache in build/12000, all files in the others'
    : 'all files in the page cache';
  const about = [
    `${availableParallelism()} cores, Node ${process.versions.node}; ${versions.join(', ')}`,
    `${[...sizes.values()].join(', ')}; ${cache}; written to ${SCRATCH}`,
    ...scale(rows, subjects),
  ];
  return { rows, about: about.join('\n') };
}

/** The medians of one case, in the order of `subjects`. */
async function times({ changed, isCold, isRepeated, rounds, say, subjects, tree }) {
  const isOurs = ({ name }) => name === 'keepfresh';
  const ours = subjects.find(isOurs);
  const before = isRepeated && ours && fresh();
  const style = changed && join(tree.folder, changed);
  const length = style && statSync(style).size;
  const isChecked = new Set();
  const measure = (subject, to) => {
    settle({ isCold });
    const taken = build(subject, tree.folder, to);
    say(`  ${subject.name} ${Math.round(taken)} ms`);
    if (!isChecked.has(subject)) check(subject, tree, to);
    isChecked.add(subject);
    return taken;
  };
  try {
    if (!isCold) warmUp(tree.folder);
    if (before) build(ours, tree.folder, before);
    return await medians(subjects, rounds, (subject) => {
      if (before && isOurs(subject)) return style ? afterChange(style) : measure(subject, before);
      const to = fresh();
      try {
        return measure(subject, to);
      } finally {
        remove(to);
      }
    });
  } finally {
    if (style) truncateSync(style, length);
    if (before) remove(before);
  }

  function afterChange(file) {
    const url = urlOf(changed, before);
    appendFileSync(file, '\n');
    const taken = measure(ours, before);
    if (urlOf(changed, before) === url) throw new Error(`keepfresh did not see that ${changed} is different`);
    return taken;
  }
}

/** A line about how the time grows with the files: milliseconds per 1,000 of them. */
function scale(rows, subjects) {
  const scaled = rows.filter((row) => CASES[row.case].isScale);
  if (scaled.length === 0) return [];
  const each = subjects.map(({ name }) => {
    const figures = scaled.filter((row) => row.subject === name);
    const perThousand = figures.map((row) => Math.round((row.median * 1000) / CASES[row.case].count));
    return `${name} ${perThousand.join(' / ')}`;
  });
  const counts = [...new Set(scaled.map((row) => CASES[row.case].count))];
  return [`ms per 1,000 files, of ${counts.join(' / ')}: ${each.join(', ')}`];
}

/** To a tenth, which is below what the machine's noise lets one see. */
const round = (figure) => Math.round(figure * 10) / 10;
