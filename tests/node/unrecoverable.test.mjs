// A page whose version is gone (js/page/unrecoverable.ts): it is reloaded for another one, and not again and again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const kept = new Map();
let reloads = 0;
/** Whether another version is in charge, which is all that the worker is asked for beside filling up. */
let isOther = true;
const controller = {
  postMessage: ({ type }, [port]) => {
    port.postMessage(type === 'keepfresh:version-other' ? isOther : 0);
    setImmediate(() => port.close());
  },
};
const serviceWorker = Object.assign(new EventTarget(), {
  controller,
  getRegistration: async () => ({ active: controller, update: async () => {} }),
});
Object.assign(globalThis, {
  location: { reload: () => reloads++ },
  requestIdleCallback: setImmediate,
  sessionStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
});
Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { serviceWorker } });

/** A page is loaded, and has something lost. How often it was reloaded by then. */
async function lose() {
  const { onLost } = await bundled('page/unrecoverable');
  const told = [];
  const listen = ({ data }) => told.push(data.news.state);
  serviceWorker.addEventListener('message', listen);
  await onLost();
  serviceWorker.removeEventListener('message', listen);
  assert.deepEqual(told, ['broken']);
  return reloads;
}

test('a tab is reloaded for another version once in an hour', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_800_000_000_000 });
  isOther = false;
  assert.equal(await lose(), 0, 'there is no other');
  isOther = true;
  assert.equal(await lose(), 1);
  assert.equal(await lose(), 1);
  t.mock.timers.tick(3_500_000);
  assert.equal(await lose(), 1);
  t.mock.timers.tick(200_000);
  assert.equal(await lose(), 2);
});
