// What is noted of a version that has yet to say that it is well (js/worker/health.ts).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundled } from './bundled.mjs';

const pause = () => new Promise((resolve) => setTimeout(resolve, 2));
globalThis.self = {
  clients: { get: async () => undefined, matchAll: async () => [] },
  registration: { scope: 'https://x.example/' },
};
globalThis.caches = { open: async () => ({ delete: pause, match: pause, put: pause }) };
const { instead } = await bundled('worker/health');
const { installer } = await bundled('install/installs');

const HTML = { 'content-type': 'text/html' };

/** A store with the pages of two versions, of which the second one is on trial. */
function storeOf() {
  const versions = { served: [{ version: 'one' }, { version: 'two' }], tabs: {}, trial: { version: 'two', shown: [] } };
  return {
    version: 'two',
    prefix: 'x:',
    pages: 'x:pages:two',
    remembered: Promise.resolve(versions),
    changing: Promise.resolve(),
    put: pause,
    match: async (cache) => (await pause(), new Response(cache, { headers: HTML })),
  };
}

/** Shows a page; settles when it is noted. */
async function show(store, id) {
  const waits = [];
  const request = { url: 'https://x.example/', destination: 'document' };
  const event = { request, resultingClientId: id, waitUntil: (work) => waits.push(work) };
  const answer = async () => ({ response: new Response('two', { headers: HTML }) });
  const { response } = await instead(store, event, () => ['/'], answer);
  const text = await response.text();
  await Promise.all(waits);
  return text;
}

test('pages that are shown at the same time are all noted', async () => {
  const store = storeOf();
  await Promise.all(['a', 'b', 'c'].map((id) => show(store, id)));
  const { trial } = await store.remembered;
  assert.deepEqual(
    trial.shown.map(([id]) => id),
    ['a', 'b', 'c'],
  );
  assert.equal(await show(store, 'd'), 'x:pages:one', 'none of them has said that it is well');
  assert.equal((await store.remembered).bad, 'two');
});

test('what a page says while another one is noted is not lost', async () => {
  for (const [said, expected] of [
    [
      { type: 'keepfresh:version-confirm', client: 'a' },
      { paused: undefined, trial: undefined },
    ],
    [
      { type: 'keepfresh:version-pause', client: 'a', paused: true },
      { paused: true, trial: 'a,b' },
    ],
  ]) {
    const store = storeOf();
    await show(store, 'a');
    const shown = show(store, 'b');
    await new Promise(setImmediate);
    await installer().hear(undefined, store, {}, said);
    await shown;
    const { paused, trial } = await store.remembered;
    assert.deepEqual({ paused, trial: trial?.shown.map(([id]) => id).join() }, expected, said.type);
  }
});

test('a page that says that it is well while the version is about to be taken back is heard', async () => {
  const store = storeOf();
  for (const id of ['a', 'b', 'c']) await show(store, id);
  const next = show(store, 'd');
  await installer().hear(undefined, store, {}, { type: 'keepfresh:version-confirm', client: 'a' });
  await next;
  const { bad, trial } = await store.remembered;
  assert.deepEqual([bad, trial], [undefined, undefined]);
});
