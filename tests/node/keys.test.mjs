// Partitions and bodies when the browser's store fails: nobody gets another one's responses, and every request is answered.

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { bundled } from './bundled.mjs';

const { Keys } = await bundled('worker/keys');

/** Cache Storage, as far as this part uses it; `faults` names the calls that fail. */
let faults;
let stored;
let listeners;
beforeEach(() => {
  [faults, stored, listeners] = [new Set(), new Map(), []];
  const guard = (name) => {
    if (faults.has(name)) throw new Error(`${name} fails`);
  };
  globalThis.self = { addEventListener: (_, listener) => listeners.push(listener) };
  globalThis.caches = {
    keys: async () => (guard('keys'), [...stored.keys()]),
    delete: async (name) => stored.delete(name),
    match: async (key, { cacheName }) => (guard('match'), stored.get(cacheName)?.get(key)?.clone()),
    open: async (name) => {
      if (!stored.has(name)) stored.set(name, new Map());
      const cache = stored.get(name);
      return {
        delete: async (key) => cache.delete(key),
        put: async (key, response) => (guard('put'), void cache.set(key, response)),
      };
    },
  };
});

/** A worker that has just started; it tells in which partition a request is followed. */
function started() {
  const hostOf = (id) => ({
    id,
    forgets: { add() {} },
    now: Date.now,
    send: async () => new Response(),
    store: {
      prefix: 'keepfresh:/:',
      kept: `keepfresh:/:of:${id}:`,
      keys: async () => {
        if (faults.has('store')) throw new Error('store fails');
        return [];
      },
      remove: async () => {},
    },
    warn: (what) => warnings.push(what),
  });
  const warnings = [];
  const machine = (extras) => ({ free() {}, tell: () => extras });
  const keys = new Keys({
    main: hostOf('main'),
    open: hostOf,
    begin: () => machine(''),
    follow: async (_, { id, store }) => ({ id: 'read' in store ? 'nobody' : id }),
  });
  const onMessage = listeners.at(-1);
  return {
    warnings,
    name: (name) =>
      new Promise((resolve, reject) => {
        const event = {
          data: { type: 'keepfresh:partition', name },
          ports: [{ postMessage: resolve }],
          waitUntil: (promise) => promise.catch(reject),
        };
        onMessage(event);
      }),
    ask: async (extras, init) => {
      const request = new Request('http://site.example/x', init);
      return (await keys.answer({ request }, machine(extras))).id;
    },
  };
}

const MINE = 'x      *';

test('a name is remembered, and is not taken for another one', async () => {
  const worker = started();
  assert.equal(await worker.ask(MINE), 'nobody');
  await worker.name('ann');
  const ann = await worker.ask(MINE);
  assert.match(ann, /^[0-9a-f]{32}$/);
  await worker.name('bob');
  const bob = await worker.ask(MINE);
  assert.notEqual(bob, ann);
  assert.equal(await started().ask(MINE), bob, 'after a restart');
  await worker.name('');
  assert.equal(await worker.ask(MINE), 'nobody');
  assert.equal(await started().ask(MINE), 'nobody');
});

test('where a name cannot be written, a worker that starts again does not go on with the one before', async () => {
  const worker = started();
  assert.equal(await worker.name('ann'), true);
  faults.add('put');
  assert.equal(await worker.name('bob'), false, 'what the page is told');
  assert.equal(await started().ask(MINE), 'nobody');
});

test('where the store cannot be read, responses are nobody’s', async () => {
  const worker = started();
  await worker.name('ann');
  for (const fault of ['keys', 'match']) {
    faults = new Set([fault]);
    assert.equal(await started().ask(MINE), 'nobody', fault);
  }
  faults.clear();
  assert.match(await started().ask(MINE), /^[0-9a-f]{32}$/);
  // A fault need not last.
  const later = started();
  faults.add('match');
  assert.equal(await later.ask(MINE), 'nobody');
  faults.clear();
  assert.match(await later.ask(MINE), /^[0-9a-f]{32}$/);
});

test('what has changed something is answered, though nothing could be forgotten', async () => {
  const worker = started();
  faults.add('store');
  const mutation = { method: 'POST', body: '{"query":"mutation { a }"}' };
  assert.equal(await worker.ask('x       graphql', mutation), 'main');
  assert.deepEqual(worker.warnings, ['nothing could be forgotten']);
});
