// What is removed from Cache Storage (js/worker/cache-storage.ts): nothing is made for that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

test('what is removed from a partition that is gone brings back none of its caches', async () => {
  const all = new Map();
  globalThis.caches = {
    keys: async () => [...all.keys()],
    has: async (name) => all.has(name),
    open: async (name) => (
      all.has(name) || all.set(name, new Set()),
      { delete: async (key) => all.get(name).delete(key) }
    ),
  };
  const { CacheStore } = await bundled('worker/cache-storage');
  const store = new CacheStore('https://x.example/', 'one', undefined, 'of:a:');
  await store.remove(['https://x.example/a']);
  assert.deepEqual([...all.keys()], []);
  for (const name of ['records', 'bodies:0', 'bodies:1'])
    all.set(`keepfresh:/:of:a:${name}`, new Set(['https://x.example/a', 'b']));
  all.set('keepfresh:/:records', new Set(['https://x.example/a']));
  await store.remove(['https://x.example/a']);
  assert.deepEqual(
    [...all.values()].map((keys) => [...keys].join()),
    ['b', 'b', 'b', 'https://x.example/a'],
  );
});

test('what is in memory of an origin is not that of another port', async () => {
  const { withMemory } = await bundled('worker/memory');
  const keys = ['https://x.example/a', 'https://x.example:8443/a'];
  class Base {
    known = new Map(keys.map((key) => [key, '']));
    async keys() {
      return [];
    }
  }
  const store = new (withMemory(Base, 1000))();
  assert.deepEqual(await store.keys('https://x.example'), ['https://x.example/a']);
  assert.equal((await store.keys()).length, 2);
});
