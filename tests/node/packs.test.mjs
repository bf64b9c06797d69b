// Packs that a server does not give (js/install/packs.ts): for how long it is left alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

globalThis.self = { registration: { scope: 'https://x.example/' } };
const store = { match: async () => undefined, pages: 'x:pages:one' };
const files = [0, 1].map((line) => ({ line, bytes: 500_000, url: `https://x.example/${line}.js` }));

for (const [what, status, after] of [
  ['that is busy is asked again after a minute', 503, true],
  ['that has none is not', 404, false],
])
  test(`a server ${what}`, async (t) => {
    const { fromPacks } = await bundled('install/packs');
    t.mock.method(console, 'warn', () => {});
    t.mock.method(Math, 'random', () => 0);
    t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_800_000_000_000 });
    let asked = 0;
    t.mock.method(globalThis, 'fetch', async () => (asked++, new Response('', { status })));
    /** Whether anything was asked for. */
    const isAsked = async () => {
      const before = asked;
      let isDone = false;
      const left = fromPacks(undefined, store, files, { packs: `p${status} 1000 1000000 0-1` });
      left.then(() => (isDone = true));
      while (!isDone) {
        await new Promise(setImmediate);
        if (!isDone) t.mock.timers.tick(100);
      }
      assert.equal((await left).length, 2);
      return asked > before;
    };
    assert.equal(await isAsked(), true);
    assert.equal(await isAsked(), false);
    t.mock.timers.tick(61_000);
    assert.equal(await isAsked(), after);
  });
