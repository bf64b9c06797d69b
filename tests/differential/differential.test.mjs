// Keepfresh and http-cache-semantics are asked the same questions; where they differ, it has to be known why.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { counts, differences, EXCHANGES, smallest, WAYS } from './compare.mjs';
import { MUTANTS } from './mutants.mjs';
import { build, native } from './native.mjs';
import { ours } from './ours.mjs';
import { PATH, table } from './table.mjs';
import { theirs } from './theirs.mjs';

const found = { npm: differences('npm') };
const hasCargo = build();
if (hasCargo) found.crate = differences('crate');

for (const library of Object.keys(WAYS)) {
  const options = { skip: found[library] ? false : 'there is no cargo' };

  test(`every difference with ${library} is explained`, options, () => {
    const unexplained = found[library].filter(({ by }) => by.length === 0);
    const shown = unexplained.slice(0, 5).map((difference) => smallest(difference, library));
    assert.equal(unexplained.length, 0, `${unexplained.length} are not, among them\n${shown.join('\n')}`);
  });

  test(`every class of difference with ${library} occurs`, options, () => {
    const idle = counts(found[library], library).filter(({ alone }) => alone === 0);
    assert.deepEqual(
      idle.map(({ one }) => one.id),
      [],
    );
  });
}

test('the wasm module and the crate say the same', { skip: !hasCargo && 'there is no cargo' }, () => {
  for (const [i, answers] of native(EXCHANGES).entries()) assert.deepEqual(ours(EXCHANGES[i]), answers.ours);
});

test('faults would be noticed', () => {
  const some = EXCHANGES.slice(0, 1500);
  const unnoticed = Object.entries(MUTANTS).filter(([, mutate]) => {
    const faulty = (exchange) => ({ ours: ours(mutate(exchange) ?? exchange), theirs: theirs(exchange) });
    return differences('npm', some, (list) => list.map(faulty)).every(({ by }) => by.length > 0);
  });
  assert.deepEqual(
    unnoticed.map(([fault]) => fault),
    [],
  );
});

test('differences.md is up to date', { skip: !hasCargo && 'there is no cargo' }, () => {
  const is = readFileSync(PATH, 'utf8');
  assert.equal(is, `${table(found)}\n`, 'run `node tests/differential/table.mjs`');
});
