// The store at the edge, with a cache of a runtime whose days pass at once; with a real one it is tested in tests/edge.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const { EdgeStore } = await bundled('server/edge-store');

const HOUR = 60 * 60 * 1000;
const KEY = 'https://example.com/a';

/** A cache that keeps what it is given for as long as that says. */
function runtimeCache(clock) {
  const entries = new Map();
  return {
    puts: 0,
    async put(name, response) {
      this.puts++;
      const [, seconds] = /max-age=(\d+)/.exec(response.headers.get('cache-control'));
      entries.set(name, { until: clock.now + seconds * 1000, bytes: await response.arrayBuffer() });
    },
    async match(name) {
      const entry = entries.get(name);
      return entry && entry.until > clock.now ? new Response(entry.bytes) : undefined;
    },
    delete: async (name) => entries.delete(name),
  };
}

/** A store, what it is in, and how a record is written. */
function opened() {
  const clock = { now: Date.parse('2026-01-01') };
  const cache = runtimeCache(clock);
  const store = new EdgeStore(
    async () => cache,
    'test',
    () => clock.now,
  );
  const change = async (record, body) => {
    const from = await store.read(KEY);
    return store.write(KEY, { from, since: from.version, record, body, freed: [], seconds: 86_400, groups: [] });
  };
  return { cache, change, clock, store };
}

test('what is invalidated is gone, also where the clock was set back', async () => {
  for (const back of [0, HOUR]) {
    const { change, clock, store } = opened();
    assert.equal(await change('first', { slot: '1', response: new Response('text') }), 'written');
    clock.now -= back;
    await store.invalidate({ keys: [KEY] });
    assert.equal((await store.read(KEY)).record, '');
    clock.now += 1;
    assert.equal(await change('second', { slot: '1', response: new Response('text') }), 'written');
    assert.equal((await store.read(KEY)).record, 'second');
  }
});

test('a body lives for as long as what speaks of it is validated, and is not written each time', async () => {
  const { cache, change, clock, store } = opened();
  assert.equal(await change('first', { slot: '1', response: new Response('text') }), 'written');
  for (let hour = 1; hour <= 100; hour++) {
    clock.now += HOUR;
    const found = await store.read(KEY);
    assert.equal(await (await found.body('1'))?.text(), 'text', `after ${hour} hours`);
    assert.equal(await change(`freshened ${hour}`), 'written');
  }
  // Each time the record, and the body about every half day.
  assert.ok(cache.puts <= 2 + 100 + 10, `${cache.puts} writes`);
  clock.now += 25 * HOUR;
  assert.equal((await store.read(KEY)).record, '');
});
