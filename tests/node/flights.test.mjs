// Requests that wait for another one that asks the same: for a while, and for what it comes to.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { cachingFetch, memoize } from '../../pkg/node.js';

const URL_ = 'https://example.com/';
/** What is stale at once, and may be given for a while. */
const STALE = { 'cache-control': 'max-age=1, stale-while-revalidate=60' };

const FRESH = { 'cache-control': 'max-age=60' };

/** A cache in front of what answers the n-th time as `answer` says; requests wait for each other for 100 ms. */
function cached(answer) {
  const state = { count: 0, now: 1_800_000_000_000 };
  const fetch = cachingFetch({
    fetch: async () => answer(++state.count),
    now: () => state.now,
    patience: 100,
    onWarning: () => {},
  });
  return { fetch, get: async () => (await fetch(URL_)).text(), state };
}

const never = () => new Promise(() => {});
const text = (count) => new Response(`${count}`, { headers: STALE });

test('a request that never has an answer keeps others waiting for a while', async () => {
  const { get, state } = cached((count) => (count === 1 ? never() : pause(50).then(() => text(count))));
  void get();
  void get();
  await pause(120);
  assert.deepEqual(await Promise.all([get(), get(), get()]), ['2', '2', '2']);
  assert.equal(state.count, 2);
});

test('nor does one that was sent behind an answer', async () => {
  const { fetch, get, state } = cached((count) => (count === 2 ? never() : text(count)));
  assert.equal(await get(), '1');
  await fetch.idle();
  state.now += 10_000;
  assert.equal(await get(), '1');
  state.now += 100_000;
  const waits = get();
  await pause(120);
  assert.equal(await get(), '3');
  assert.equal(await Promise.race([waits, pause(50, 'waits')]), 'waits', 'as without a cache');
});

test('nor does a body that never comes to its end', async () => {
  const half = () =>
    new Response(new ReadableStream({ start: (body) => body.enqueue(Buffer.from('half')) }), { headers: FRESH });
  const { fetch, get, state } = cached((count) => (count === 1 ? half() : new Response('whole', { headers: FRESH })));
  const first = await fetch(URL_);
  const second = get();
  await pause(5200);
  assert.deepEqual([await get(), state.count], ['whole', 2]);
  assert.equal(await Promise.race([second, pause(50, 'waits')]), 'waits', 'who had it begin goes on with it');
  void first.body.cancel();
});

test('all are told what it failed with', async () => {
  class Own extends Error {}
  const { get, state } = cached(() => pause(10).then(() => Promise.reject(new Own('it fails'))));
  const all = await Promise.allSettled([get(), get(), get()]);
  assert.ok(all.every(({ reason }) => reason instanceof Own && reason.message === 'it fails'));
  assert.equal(state.count, 1);
});

test('what is computed is waited for however long it takes', async () => {
  let count = 0;
  const slow = memoize(async () => pause(6000, ++count), { name: 'slow', seconds: 60 });
  const first = slow(1);
  await pause(5500);
  assert.deepEqual([await slow(1), await first, count], [1, 1, 1]);
});

test('of thousands that fail at once, each is told its own error', async () => {
  const fails = memoize(async (input) => Promise.reject(new Error(`no ${input}`)), { name: 'fails', seconds: 60 });
  const all = await Promise.allSettled(Array.from({ length: 3000 }, (_, input) => fails(input)));
  assert.deepEqual(
    all.filter(({ reason }, input) => reason?.message !== `no ${input}`),
    [],
  );
});
