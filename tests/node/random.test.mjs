// Random requests to caches that have a store in common, which is slow, and an origin server that changes: never a wrong body, never
// one that is too old or somebody else's, and always an answer. KEEPFRESH_RANDOM_SEEDS=1-100 for more of them.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cachingFetch, fileStore, memoryStore } from '../../pkg/node.js';
import { randomly, turns, World } from './random-world.mjs';

const [first, last = first] = (process.env.KEEPFRESH_RANDOM_SEEDS ?? '1-2').split('-').map(Number);
const SEEDS = Array.from({ length: last - first + 1 }, (_, at) => first + at);
const REQUESTS = 1500;

/** The store, with pauses before and after each of its steps. */
function slow(store, random) {
  const pausing = (name, before, after) => ({
    [name]: async (...of) => {
      await turns(random, before);
      const done = await store[name](...of);
      await turns(random, after);
      return done;
    },
  });
  const find = store.find ? pausing('find', 3, 0) : {};
  const bodies = { ...pausing('keep', 30, 20), ...pausing('body', 3, 0) };
  return { ...store, ...pausing('read', 3, 0), ...find, ...bodies, ...pausing('write', 5, 5) };
}

const STORES = {
  'in memory': () => ({ store: memoryStore(), close() {} }),
  'in memory, of which much has to go': () => ({ store: memoryStore({ maxBytes: 4000 }), close() {} }),
  'in files': () => {
    const folder = mkdtempSync(join(tmpdir(), 'keepfresh-random-'));
    const store = fileStore({ folder });
    return { store, close: () => (store.close(), rmSync(folder, { recursive: true })) };
  },
};

async function run(seed, opened, shared) {
  const random = randomly(seed);
  const world = new World(random, shared);
  const store = slow(opened, random);
  const options = { shared, store, now: () => world.now, fetch: (request) => world.answer(request), onWarning() {} };
  const caches = [cachingFetch(options), cachingFetch(options)];
  let left = REQUESTS;
  const one = async () => {
    const [resource, fetch] = [random.pick(world.resources), random.pick(caches)];
    const chosen = random.below(100);
    const { url, group } = resource;
    const { origin } = new URL(url);
    if (chosen < 2) return void (resource.version += 1);
    if (chosen < 3) return void (world.now += random.below(4000));
    if (chosen < 5) {
      const moment = ++world.moment;
      const what = random.pick([{ keys: [url] }, { origin }, { origin, groups: [group] }]);
      await fetch.invalidate(what);
      const isMeant = (other) =>
        what.keys ? other === resource : other.url.startsWith(origin) && (!what.groups || other.group === group);
      for (const other of world.resources.filter(isMeant)) other.gone = Math.max(other.gone, moment);
      return;
    }
    const [x, user] = [String(random.below(12)), random.pick(['alice', 'bob'])];
    const mode = random.chance(0.2) ? random.pick(['reload', 'no-cache', 'no-store']) : 'default';
    const range = chosen < 15;
    const headers = { x, ...(resource.isPersonal && { authorization: user }), ...(range && { range: 'bytes=5-9' }) };
    const asking = new AbortController();
    if (chosen < 25) turns(random, 20).then(() => asking.abort());
    const method = chosen < 7 ? 'POST' : chosen > 95 ? 'HEAD' : 'GET';
    const began = world.begin(resource);
    try {
      const response = await fetch(url, { method, headers, cache: mode, signal: asking.signal });
      await turns(random, 10);
      if (chosen === 94) return await response.body?.cancel();
      const text = await response.text();
      if (method === 'GET') world.judge(resource, { x, user, mode, range }, began, response, text);
      if (method === 'POST' && response.ok) resource.gone = Math.max(resource.gone, began.moment);
    } catch (error) {
      // Of a client that gave up, of the network, or of a body that has broken off.
      assert.match(String(error), /abort|network|broken off|terminated/i);
    }
  };
  const client = async () => {
    while (left-- > 0) {
      await one();
      await turns(random, 3);
    }
  };
  await Promise.all(Array.from({ length: 12 }, client));
  await Promise.all(caches.map((fetch) => fetch.idle()));
  assert.deepEqual(world.faults, []);
}

for (const [where, open] of Object.entries(STORES))
  describe(`random requests to two caches with one store ${where}`, { timeout: 120_000 * SEEDS.length }, () => {
    for (const seed of SEEDS)
      it(`seed ${seed}`, { timeout: 120_000 }, async (t) => {
        const { store, close } = open();
        t.after(close);
        await run(seed, store, seed % 2 === 0);
      });
  });
