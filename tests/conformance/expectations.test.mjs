// What is made of the verdicts: sums, comparison with what is expected, the tables of the README.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { differences, updated } from './expectations.mjs';
import { withScores } from './score.mjs';
import { failed, rows } from './verdict.mjs';

const judge = (kind, id, passed, reason = '') => ({ id, kind, passed, reason });
const RUN = [
  judge('required', 'fresh', true),
  judge('required', 'stale', false, 'response 2 comes from the cache'),
  judge('optimal', 'staler', false, 'depends on stale'),
  judge('check', 'retries', true),
  judge('check', 'guesses', false),
];

it('sums up by kind, and lets no check fail', () => {
  const counts = rows('node', 'shared', RUN).map(({ kind, passed, run }) => [kind, passed, run]);
  assert.deepEqual(counts, [
    ['required', 1, 2],
    ['optimal', 0, 1],
    ['check', 1, 2],
  ]);
  assert.deepEqual(
    failed(RUN).map(({ id }) => id),
    ['stale', 'staler'],
  );
});

it('tells how a run differs from what is expected', () => {
  const score = { required: '1/2', optimal: '0/1', check: '1/2' };
  const failures = { stale: 'no clock', staler: 'depends on stale' };
  const entry = { score, failures, yes: ['retries'] };
  const cases = [
    [entry, []],
    [undefined, ['nothing is expected of it yet; run with --update']],
    [{ ...entry, failures: { stale: 'no clock' } }, ['staler (optimal) fails: depends on stale']],
    [{ ...entry, failures: { ...failures, fresh: 'why' } }, ['fresh passes now: remove it from the list of failures']],
    [{ ...entry, failures: { ...failures, old: 'why' } }, ['old is not run now: remove it from the list of failures']],
    [{ ...entry, failures: { ...failures, stale: ' ' } }, ['stale is listed without a reason: write why it fails']],
    [{ ...entry, yes: [] }, ['retries (check) is answered yes now, not no']],
    [{ ...entry, yes: ['retries', 'guesses'] }, ['guesses (check) is answered no now, not yes']],
    [{ ...entry, score: { ...score, required: '1/3' } }, ['it has other tests than before: run with --update']],
  ];
  for (const [given, expected] of cases) assert.deepEqual(differences(given, RUN), expected, JSON.stringify(given));
});

it('keeps the reasons that were written when it is updated', () => {
  const fresh = updated(undefined, RUN);
  assert.deepEqual(fresh.failures, { stale: '', staler: 'depends on stale' });
  assert.deepEqual(updated({ ...fresh, failures: { stale: 'no clock' } }, RUN).failures.stale, 'no clock');
  assert.deepEqual(differences(fresh, RUN), ['stale is listed without a reason: write why it fails']);
});

it('writes the scores between the marks, again and again', () => {
  const expected = { 'node shared': { score: { required: '160/160', optimal: '97/105' } } };
  const text = withScores('before\n<!-- conformance --><!-- /conformance -->\nafter\n', expected);
  assert.match(text, /^before\n<!-- conformance -->\n\n\| as a shared cache .*\n<!-- \/conformance -->\nafter\n$/s);
  assert.match(text, /\| \*\*keepfresh in Node\*\* \| \*\*160\/160\*\* \| \*\*97\/105\*\* \|/);
  assert.equal(withScores(text, expected), text);
  assert.throws(() => withScores('nothing', expected), /README.md has no place for the scores/);
});
