// Making room in the ledger (js/worker/shrink.ts): it ends, whatever the sums are.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { shrink } = await bundled('worker/shrink');

/** A ledger in memory, with entries of these sizes. */
function bookOf(sizes) {
  const entries = sizes.map((bytes, turn) => ({ key: `${turn}`, group: '', bytes, turn, used: 0, tags: [] }));
  const group = { name: '', bytes: sizes.reduce((sum, one) => sum + one, 0), entries: sizes.length, hand: 0, next: 99 };
  return {
    group: async () => group,
    save: async (changed) => Object.assign(group, changed),
    entry: async (key) => entries.find((entry) => entry.key === key),
    put: async () => {},
    from: async (_, turn) => entries.filter((entry) => entry.turn >= turn),
  };
}

/** As the engine reads it: whole numbers, or none (src/host/mod.rs, `fates`). */
function fates(question) {
  const [, excess, ...lines] = question.split('\n');
  const number = (text) => (/^\d+$/.test(text) ? Number(text) : 0);
  let [bytes, count] = excess.split(' ').map(number);
  const fate = (line) => {
    if (bytes <= 0 && count <= 0) return 'k';
    bytes -= number(line.split(' ')[0]);
    count -= 1;
    return 'e';
  };
  return lines.map(fate).join('');
}

for (const [what, maxBytes, gone] of [
  ['a whole number', 2000, 2],
  ['a fraction', 2000.125, 2],
  ['no number at all', NaN, 0],
])
  test(`where the limit is ${what}, so much goes as has to`, { timeout: 10_000 }, async () => {
    const keys = new Set();
    const limits = { maxBytes, maxEntries: Infinity };
    await shrink(bookOf([1000, 1001, 1000, 1000]), '', limits, keys, { fates, used: new Set() });
    assert.equal(keys.size, gone);
  });
