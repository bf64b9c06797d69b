// How long a decision takes: ours beside http-cache-semantics, natively and in Node.
//
// A decision is: the head of a request and a stored response in, the plan out: the head to answer with, the fields to
// ask the origin server with, or both. What is in each figure:
//
// - `keepfresh wasm`: a machine is begun, told what is stored, asked for the plan as text, and freed. What is stored was
//   read before, as what is served over and over was; `text` reads it each time. A thousand other requests are waiting.
// - `http-cache-semantics`: a stored policy is revived from its object, and asked for the plan (`evaluateRequest`);
//   `alive` is a policy that was never put away, `JSON` one that is stored as text.
// - `keepfresh native`: heads are parsed, and copied, since an exchange owns them; `text` begins and ends with text.
//   `http-cache-semantics native`: the crate with parsed heads and its policy alive.
//
// In the cases that end in `/fetch`, heads come as `Headers` and are given as `Headers`: ours are written as text and
// read, theirs turned into objects and back. `store` is the first case's response being stored: ours goes through a
// lookup that finds nothing, and ends with the record; theirs with the policy, its object or its JSON.

import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import { median } from '../start/rounds.mjs';
import { CASES } from './cases.mjs';
import { build, times } from './native.mjs';
import { ours } from './ours.mjs';
import { theirs } from './theirs.mjs';

export const summary = 'what a decision costs, beside http-cache-semantics (a minute)';
export const baseline = 'http-cache-semantics';
export const cases = [...Object.keys(CASES), 'store'];

/** How long a subject is timed in a round. */
const SPAN_MS = 20;
const BATCH = 50;

/** Runs the cases that `wants` asks for, the subjects in turns. Returns rows of medians. */
export default async function run({ rounds = 11, say, wants }) {
  if (loadavg()[0] > availableParallelism() / 2)
    say('this machine is busy with something else: expect figures that are too high');
  const hasNative = build();
  if (!hasNative) say('the native programs do not build: they are left out');

  const figures = new Map();
  const add = (name, subject, nanoseconds) => {
    const key = `${name}\n${subject}`;
    figures.set(key, [...(figures.get(key) ?? []), nanoseconds]);
  };
  const inNode = subjects().filter(({ name }) => wants(name));
  say(`${rounds} rounds of ${inNode.length} figures`);
  for (let round = -1; round < rounds; round++) {
    const native = hasNative ? times(Object.values(CASES)) : [];
    for (const [i, name] of Object.keys(CASES).entries()) {
      for (const { subject, decide, store } of native[i] ?? []) {
        if (round >= 0 && wants(name)) add(name, subject, decide);
        if (round >= 0 && i === 0 && wants('store')) add('store', subject, store);
      }
    }
    // The first round lets the engine compile what it will.
    for (const { name, subject, call } of inNode) {
      const taken = timed(call);
      if (round >= 0) add(name, subject, taken);
    }
  }
  const rows = [...figures].map(([key, all]) => {
    const [name, subject] = key.split('\n');
    return { bench: 'decision', case: name, subject, median: Math.round(median(all)), unit: 'ns' };
  });
  const { version } = createRequire(import.meta.url)('http-cache-semantics/package.json');
  return { rows, about: `Node ${process.versions.node}, http-cache-semantics ${version} (npm) and 3.0.0 (crate)` };
}

/** Everything that is timed in Node, in the order of the cases. */
function subjects() {
  const all = Object.entries(CASES).flatMap(([name, one]) => [
    ...sides(name, one).flatMap(({ subject, decide }) => both(name, subject, decide)),
  ]);
  const [[, first]] = Object.entries(CASES);
  return [...all, ...sides('store', first).flatMap(({ subject, store }) => both('store', subject, store))];
}

const both = (name, subject, { bare, whole }) => [
  { name, subject, call: bare },
  { name: `${name}/fetch`, subject, call: whole },
];

function sides(name, one) {
  const all = [
    { subject: 'keepfresh again', ...ours(one, 'again') },
    { subject: 'keepfresh wasm', ...ours(one, 'known') },
    { subject: 'keepfresh wasm, text', ...ours(one, 'text') },
    { subject: 'http-cache-semantics', ...theirs(one, 'object') },
    { subject: 'http-cache-semantics, alive', ...theirs(one, 'alive') },
    { subject: 'http-cache-semantics, JSON', ...theirs(one, 'json') },
  ];
  const other = all.find(({ plan }) => plan !== one.plan);
  if (other) throw new Error(`${name}: ${other.subject} comes to ${other.plan}, not ${one.plan}`);
  return all;
}

/** What a call's results are put into, so that none is left out. */
let sink;

/** Nanoseconds that a call takes. */
function timed(call) {
  const batches = [];
  const end = performance.now() + SPAN_MS;
  while (performance.now() < end) {
    const start = performance.now();
    for (let i = 0; i < BATCH; i++) sink = call();
    batches.push((performance.now() - start) / BATCH);
  }
  if (sink === undefined) throw new Error('nothing was decided');
  return median(batches) * 1e6;
}
