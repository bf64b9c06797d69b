// Functions whose results are kept.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoize, memoryStore } from '../../pkg/node.js';

/** A function that counts its calls, and a clock. */
function counted(options = {}, work = async (input) => ({ input })) {
  const calls = [];
  const clock = { now: 1_800_000_000_000 };
  const compute = async (...input) => {
    calls.push(input);
    return work(...input);
  };
  const warnings = [];
  const onWarning = (what, error) => warnings.push(`${what}: ${error}`);
  const memoized = memoize(compute, { name: 'f', seconds: 60, now: () => clock.now, onWarning, ...options });
  return { calls, clock, memoized, warnings };
}

test('inputs that are the same are computed once, and others are not taken for them', async () => {
  const long = Array.from({ length: 40 }, (_, n) => n / 7);
  const same = [
    [[{ a: 1, b: [2, { d: 3, c: 4 }] }], [{ b: [2, { c: 4, d: 3 }], a: 1 }]],
    [['x'], ['x', undefined]],
    [[{ a: 1 }], [{ a: 1, b: undefined }]],
    [[new Map([['a', 1], ['b', 2]])], [new Map([['b', 2], ['a', 1]])]], // prettier-ignore
    [[0], [-0]],
    [[[...long, 0]], [[...long, -0]]],
  ];
  for (const [one, other] of same) {
    const { calls, memoized } = counted();
    await memoized(...one);
    await memoized.idle();
    await memoized(...other);
    assert.equal(calls.length, 1, JSON.stringify(one));
  }
  const different = [
    ['1', 1, 1n, true, null, undefined, [1], { 1: 1 }, new Date(1), new Set([1]), new Map([[1, 1]]), Uint8Array.of(1)],
    [[1, 2], [2, 1], [[1], 2], [1, [2]], { 0: 1, 1: 2 }],
    [NaN, null, 'NaN', Infinity],
    [new Date(5), 'date 5', { date: 5 }],
    [Uint8Array.of(1), Uint16Array.of(1)],
    ['a,b', ['a', 'b'], '"a","b"'],
    [
      long,
      [...long, 0],
      [...long, NaN],
      [...long, Infinity],
      [...long, '0'],
      [long],
      new Set(long),
      new Float64Array(long),
    ],
  ];
  for (const all of different) {
    const { calls, memoized } = counted({}, async () => 0);
    for (const one of [...all, ...all]) await memoized(one).then(() => memoized.idle());
    assert.equal(calls.length, all.length, String(all));
  }
});

test('what makes no key is an error that says where it is', async () => {
  const { memoized } = counted();
  const circle = {};
  circle.deep = { circle };
  class Own {}
  for (const [input, message] of [
    [{ filter: { by: () => 1 } }, /argument 1\.filter\.by is a function, which makes no key: pass `key`/],
    [[1, Symbol('x')], /argument 1\[1\] is a symbol/],
    [new Own(), /argument 1 is of the class Own/],
    [circle, /argument 1\.deep\.circle is a circle/],
    [{ by: { [Symbol('id')]: 1 } }, /argument 1\.by is an object with a Symbol\(id\)/],
    [[1, new Array(2)], /argument 1\[1\] is of the class Array, with holes or properties/],
    [/b/.exec('abc'), /argument 1 is of the class Array, with holes or properties/],
    [new (class Day extends Date {})(), /argument 1 is of the class Day/],
  ]) {
    await assert.rejects(memoized(input), message);
  }
  const { calls, memoized: keyed } = counted({ key: ({ id }) => id }, async () => 1);
  await keyed({ id: 1, log: () => {} });
  await keyed.idle();
  await keyed({ id: 1, log: () => {} });
  assert.equal(calls.length, 1);
});

test('results come back as they were', async () => {
  for (const result of [null, undefined, 0, '', 'ä€😀', [1, [2]], { a: { b: null } }, true]) {
    const { memoized } = counted({}, async () => result);
    assert.deepEqual([await memoized(1), (await memoized.idle(), await memoized(1))], [result, result]);
  }
});

test('many at once are one computation, also of what is never fresh', async () => {
  for (const seconds of [60, 0]) {
    const slow = () => new Promise((resolve) => setTimeout(resolve, 30, ['slow']));
    const { calls, memoized } = counted({ seconds }, slow);
    const all = await Promise.all(Array.from({ length: 100 }, () => memoized('x')));
    assert.deepEqual([calls.length, new Set(all.flat())], [1, new Set(['slow'])]);
    assert.equal(new Set(all).size, 100, 'nobody has what another may change');
    await memoized.idle();
    await memoized('x');
    assert.equal(calls.length, seconds ? 1 : 2);
  }
});

test('a result is fresh, then stale while it is computed anew, then gone', async () => {
  let version = 0;
  const { calls, clock, memoized } = counted({ staleSeconds: 30 }, async () => ++version);
  const at = async (seconds) => {
    clock.now = 1_800_000_000_000 + seconds * 1000;
    const result = await memoized('x');
    await memoized.idle();
    return result;
  };
  assert.deepEqual([await at(0), await at(59), await at(70), await at(71)], [1, 1, 1, 2]);
  assert.equal(await at(71 + 60 + 31), 3);
  assert.equal(calls.length, 3);
});

test('what it throws is thrown to all that wait, and not kept; a result that may stand in does', async () => {
  let works = true;
  const fault = new Error('no model');
  const { calls, clock, memoized } = counted({ staleIfErrorSeconds: 30 }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (!works) throw fault;
    return 'well';
  });
  assert.equal(await memoized('x'), 'well');
  await memoized.idle();
  works = false;
  clock.now += 70_000;
  assert.equal(await memoized('x'), 'well');
  clock.now += 70_000;
  const tried = calls.length;
  const all = await Promise.allSettled(Array.from({ length: 100 }, () => memoized('x')));
  assert.ok(all.every(({ reason }) => reason === fault));
  assert.equal(calls.length, tried + 1, 'and nobody who waits tries it again');
  const before = calls.length;
  works = true;
  assert.equal(await memoized('x'), 'well');
  assert.equal(calls.length, before + 1);
});

test('however many wait for what fails, it is tried once, and all are thrown what it throws', async () => {
  for (const fault of [new Error('no model'), undefined, null, 0]) {
    const { calls, memoized } = counted({}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw fault;
    });
    const all = await Promise.allSettled(Array.from({ length: 3000 }, () => memoized('x')));
    assert.equal(calls.length, 1);
    assert.ok(all.every(({ status, reason }) => status === 'rejected' && reason === fault));
  }
});

test('what takes longer to compute than it is fresh is fresh all the same', async () => {
  const one = counted({ seconds: 2 }, async () => void (one.clock.now += 5000));
  await one.memoized('x');
  await one.memoized.idle();
  await one.memoized('x');
  assert.equal(one.calls.length, 1);
  one.clock.now += 4000;
  await one.memoized('x');
  assert.equal(one.calls.length, 2);
});

test('inputs and groups are invalidated, in all functions with the same store', async () => {
  const store = memoryStore();
  const rooms = counted({ store, name: 'rooms', groups: (hotel) => [`rooms:${hotel}`, 'a "quoted\\ name'] });
  const prices = counted({ store, name: 'prices', groups: (hotel) => [`rooms:${hotel}`] });
  const both = async () => {
    for (const { memoized } of [rooms, prices]) for (const hotel of [1, 2]) await memoized(hotel);
    for (const { memoized } of [rooms, prices]) await memoized.idle();
    return [rooms.calls.length, prices.calls.length];
  };
  assert.deepEqual(await both(), [2, 2]);
  await rooms.memoized.invalidate(1);
  assert.deepEqual(await both(), [3, 2]);
  await prices.memoized.invalidateGroups('rooms:2');
  assert.deepEqual(await both(), [4, 3]);
  await prices.memoized.invalidateGroups('a "quoted\\ name');
  assert.deepEqual(await both(), [6, 3]);
});

test('nobody is given a result that was being computed when it was invalidated', async () => {
  let release;
  let version = 1;
  const functions = [60, 0].map((seconds) =>
    counted({ seconds, groups: () => ['g'] }, async () => {
      const result = version;
      if (version === 1) await new Promise((resolve) => (release = resolve));
      return result;
    }),
  );
  const ways = functions.flatMap(({ memoized }) => [
    [memoized, () => memoized.invalidate('x')],
    [memoized, () => memoized.invalidateGroups('g')],
  ]);
  for (const [memoized, invalidate] of ways) {
    version = 1;
    const early = memoized('x');
    while (!release) await new Promise((resolve) => setTimeout(resolve, 1));
    version = 2;
    await invalidate();
    // Whoever asks from now on does not wait for the one before, either.
    assert.equal(await memoized('x'), 2);
    release();
    release = undefined;
    assert.equal(await early, 1);
    await memoized.idle();
    assert.equal(await memoized('x'), 2);
    await memoized.invalidate('x');
  }
});

test('options that mean nothing are errors', () => {
  for (const [options, message] of [
    [{ seconds: -1 }, /^memoize: seconds cannot be -1: it is a whole number from 0 on$/],
    [{ seconds: 1, staleSeconds: 'a' }, /^memoize: staleSeconds cannot be "a": it is a whole/],
    [{}, /^memoize: seconds cannot be undefined: it is a whole/],
  ]) {
    assert.throws(() => memoize(function named() {}, options), { code: 'options', message });
  }
  assert.throws(() => memoize(() => 1, { seconds: 1 }), /a function without a name needs one/);
});
