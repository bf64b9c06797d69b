// The systems that the cache is for: real Redis, a real database, a real model, real servers of files, a real browser.

import { availableParallelism, loadavg } from 'node:os';
import { missing } from '../../tests/node/redis-server.mjs';
import { median } from '../start/rounds.mjs';
import { assets } from './assets.mjs';
import { booking } from './booking.mjs';
import { browser } from './browser.mjs';
import { queries, sessions } from './data.mjs';
import { hot } from './hot.mjs';
import { instances } from './instances.mjs';
import { predictions } from './predictions.mjs';

export const summary =
  'the seven systems of the mission, and what a hit costs in Node (4 minutes; needs redis-server, nginx and Chromium)';
export const baseline = 'uncached';
const SYSTEMS = {
  '1-predictions': predictions,
  '2-booking': booking,
  '3-queries': queries,
  '4-assets': assets,
  '5-sessions': sessions,
  '6-instances': instances,
  '7-browser': browser,
  hot,
};
export const cases = Object.keys(SYSTEMS);

/** Runs the cases that `wants` asks for. Returns rows of medians. */
export default async function run({ rounds = 9, say, wants }) {
  if (missing) throw new Error(missing);
  if (loadavg()[0] > availableParallelism() / 2)
    say('this machine is busy with something else: expect figures that are too high');
  const rows = [];
  const add = (name, subject, figures, unit) => {
    const rounded = Number(median(figures).toPrecision(3));
    rows.push({ bench: 'systems', case: name, subject, median: rounded, unit });
  };
  for (const [name, system] of Object.entries(SYSTEMS)) {
    if (!wants(name)) continue;
    say(name);
    await system({ add, rounds, say });
  }
  return { rows, about: `Node ${process.versions.node}` };
}
