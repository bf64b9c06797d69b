// What is known of each host and mode: its score, which tests fail and why, which checks are answered yes. A run that
// differs fails, in either direction: the list of failures may only shrink, and what is off it stays off it.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { failed, rows } from './verdict.mjs';

const FILE = fileURLToPath(new URL('expected.json', import.meta.url));

/** `{ "node private": { score, failures, yes } }` and so on. */
export const readExpected = (file = FILE) => JSON.parse(readFileSync(file, 'utf8'));

export async function writeExpected(expected, file = FILE) {
  const sorted = Object.fromEntries(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1)));
  // Laid out as `npm test` demands of every file.
  const layout = { ...(await resolveConfig(file)), parser: 'json' };
  writeFileSync(file, await format(JSON.stringify(sorted, null, 2), layout));
}

/**
 * What to expect after this run. Reasons that somebody wrote are kept; a new failure has none yet, unless it is only
 * that of another test.
 */
export function updated(entry, judged) {
  const reason = ({ id, reason: found }) => entry?.failures[id] || (found.startsWith('depends on ') ? found : '');
  const sorted = failed(judged).sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    score: scoreOf(judged),
    failures: Object.fromEntries(sorted.map((failure) => [failure.id, reason(failure)])),
    yes: answeredYes(judged),
  };
}

/** How a run differs from what was expected, a line each. */
export function differences(entry, judged) {
  if (!entry) return ['nothing is expected of it yet; run with --update'];
  const fails = new Map(failed(judged).map((failure) => [failure.id, failure]));
  const yes = new Set(answeredYes(judged));
  const isRun = new Set(judged.map(({ id }) => id));
  const listed = Object.entries(entry.failures);

  const unexpected = [...fails.values()].filter(({ id }) => !(id in entry.failures));
  const gone = listed.filter(([id]) => !fails.has(id));
  const unexplained = listed.filter(([id, reason]) => fails.has(id) && !reason.trim());
  const newYes = [...yes].filter((id) => !entry.yes.includes(id));
  const newNo = entry.yes.filter((id) => !yes.has(id));
  const lines = [
    ...unexpected.map(({ id, kind, reason }) => `${id} (${kind}) fails: ${reason}`),
    ...gone.map(([id]) => `${id} ${isRun.has(id) ? 'passes' : 'is not run'} now: remove it from the list of failures`),
    ...unexplained.map(([id]) => `${id} is listed without a reason: write why it fails`),
    ...newYes.map((id) => `${id} (check) is answered yes now, not no`),
    ...newNo.map((id) => `${id} (check) is answered ${isRun.has(id) ? 'no' : 'no more'} now, not yes`),
  ];
  const score = scoreOf(judged);
  // With the same failures it can differ only because the suite does.
  const isSame = Object.keys(score).every((kind) => score[kind] === entry.score[kind]);
  if (lines.length === 0 && !isSame) lines.push('it has other tests than before: run with --update');
  return lines;
}

/** As in `{ required: '137/137', ... }`. */
const scoreOf = (judged) =>
  Object.fromEntries(rows('', '', judged).map(({ kind, passed, run }) => [kind, `${passed}/${run}`]));

const answeredYes = (judged) =>
  judged
    .filter(({ kind, passed }) => kind === 'check' && passed)
    .map(({ id }) => id)
    .sort();
