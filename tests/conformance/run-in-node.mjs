// Runs tests against a cache that is a `fetch` function of this process.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { interimWatcher } from './interim.mjs';
import { runTest } from './judge.mjs';
import { openOrigin } from './origin.mjs';
import { inParallel } from './pool.mjs';

/** Nearly all of a test is waiting. */
const AT_ONCE = 100;

/**
 * @param fetchFactory gives a `fetch` with an empty cache, or promises it.
 * @param interim how interim responses are seen; see {@link interimWatcher}.
 * @returns the outcome of every test, by its id.
 */
export async function runInNode({ tests, mode, fetchFactory, interim = interimWatcher() }) {
  const origin = await openOrigin();
  try {
    const outcomes = new Map();
    const world = {
      base: origin.url,
      configure: (id, requests) => origin.configure(id, requests),
      fetch: await fetchFactory(),
      interim,
      isPrivate: mode === 'private',
      pause: () => pause(3000),
      state: (id) => origin.state(id),
    };
    await inParallel(tests, AT_ONCE, async (test) => {
      outcomes.set(test.id, await runTest(test, { ...world, uuid: randomUUID() }));
    });
    return outcomes;
  } finally {
    await origin.close();
  }
}
