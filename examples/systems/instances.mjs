// Three processes with one Redis: each has a cache in memory in front of it.

import { fork } from 'node:child_process';

const INSTANCE = new URL('../../tests/node/consistency-instance.mjs', import.meta.url);
/** How long the origin server takes, in milliseconds. */
export const ORIGIN_MS = 20;

/** Starts them. `state.asked` says how often the origin server was asked, which answers `state.version`. */
export async function startInstances(port) {
  const state = { asked: 0, version: 1 };
  const options = JSON.stringify({ port, memoryBytes: 16 << 20, skew: 0 });
  const start = async () => {
    const child = fork(INSTANCE, [options]);
    const waiting = new Map();
    let numbers = 0;
    await new Promise((resolve) => {
      child.on('message', (message) => {
        if (message.isReady) return resolve();
        if (message.done) {
          waiting.get(message.done)(message);
          return waiting.delete(message.done);
        }
        state.asked++;
        const rows = { group: 'all', version: state.version };
        setTimeout(() => child.send({ answer: message.number, rows }), ORIGIN_MS);
      });
    });
    const act = (what) =>
      new Promise((done) => {
        waiting.set(++numbers, done);
        child.send({ ...what, number: numbers });
      });
    return { act, close: () => child.kill() };
  };
  const all = await Promise.all([0, 1, 2].map(start));
  return { all, state, close: () => all.forEach(({ close }) => close()) };
}

/** Invalidates a key through the first, and gives the milliseconds until all the others have what is new. */
export async function invalidateAndWatch({ all: [first, ...others], state }, key) {
  state.version++;
  await first.act({ act: 'invalidate', keys: [key] });
  const begun = performance.now();
  const seen = others.map(async ({ act }) => {
    while ((await act({ act: 'read', key })).version < state.version);
    return performance.now() - begun;
  });
  return Math.max(...(await Promise.all(seen)));
}
