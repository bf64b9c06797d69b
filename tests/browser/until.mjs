// Waiting for a condition. The only place where a browser test lets time pass.

import { setTimeout as pause } from 'node:timers/promises';

/** Far more than anything takes, on a machine that is busy with something else too, or where a browser's network falls silent. */
const BOUND_SECONDS = 90;

/**
 * Asks again and again until `condition` gives something truthy, and gives that.
 *
 * @param what what is waited for, as in "waited for the worker to be installed"
 * @param rest milliseconds from one time to the next
 * @throws an Error that says what was waited for and what came instead.
 */
export async function until(what, condition, rest = 50) {
  const end = Date.now() + BOUND_SECONDS * 1000;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = JSON.stringify(value);
    } catch (error) {
      // The browser has ended: nothing will be true any more.
      if (error.name === 'NoSuchSessionError') throw error;
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waited ${BOUND_SECONDS} s for ${what}; the latest answer was: ${last}`);
    await pause(rest);
  }
}
