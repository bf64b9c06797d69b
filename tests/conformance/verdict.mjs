// From outcomes to verdicts and scores.

import { KINDS } from './suite.mjs';

/**
 * The verdict on every test: `{ id, kind, passed, reason }`. A test passes if it passed and all that it depends on did,
 * for without them its outcome means nothing. For a `check`, to pass is to be answered yes.
 */
export function verdicts(tests, outcomes) {
  const byId = new Map(tests.map((test) => [test.id, test]));
  const passes = (id) => outcomes.get(id)?.passed === true && !lacks(byId.get(id));
  const lacks = ({ depends_on: needed = [] }) => needed.find((id) => !passes(id));

  return tests.map((test) => {
    const { id, kind } = test;
    const { passed, reason, isSetup } = outcomes.get(id) ?? { passed: false, reason: 'it did not run' };
    const lacking = lacks(test);
    if (lacking) return { id, kind, passed: false, reason: `depends on ${lacking}` };
    return { id, kind, passed, reason: isSetup ? `could not be set up: ${reason}` : reason };
  });
}

/** The score as rows, one for each kind. */
export function rows(host, mode, judged) {
  return KINDS.map((kind) => {
    const ofKind = judged.filter((one) => one.kind === kind);
    return { host, mode, kind, passed: ofKind.filter(({ passed }) => passed).length, run: ofKind.length };
  });
}

/** The tests that failed: `{ id, kind, reason }`. A `check` cannot fail. */
export function failed(judged) {
  const isFailure = ({ kind, passed }) => !passed && kind !== 'check';
  return judged.filter(isFailure).map(({ id, kind, reason }) => ({ id, kind, reason }));
}
