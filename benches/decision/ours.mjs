// Our side in Node: the wasm module, with the text that `js/host/machine.ts` makes of Fetch's objects.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { ROOT } from '../../scripts/run.mjs';
import { CAME, URL } from './cases.mjs';

/** The package's own code between Fetch's objects and the machine, and the module with its JavaScript. */
const contents = ['target/wasm/keepfresh.js', 'js/server/decision.ts', 'js/server/known.ts', 'js/host/machine.ts'].map(
  (path) => `export * from './${path}';`,
);
const { outputFiles } = buildSync({
  bundle: true,
  format: 'esm',
  logLevel: 'error',
  stdin: { contents: contents.join('\n'), resolveDir: ROOT },
  write: false,
});
const { Decisions, Engine, initSync, KnownRecords, readServed, readSteps, tellFound, writeRequest, writeResponse } =
  await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
initSync({ module: readFileSync(join(ROOT, 'target/wasm/keepfresh.fast.wasm')) });
const engines = [new Engine('private'), new Engine('shared')];
const records = new KnownRecords();

/** A server is busy: so many requests wait for the origin server, each with what it was told. */
const WAITING = 1000;
const waiting = [];
const decisions = engines.map((engine) => new Decisions(engine, records.tell));

/**
 * What is measured of a case. `bare`: from the text of heads to the text of the plan. `whole`: from objects of Fetch
 * to objects of Fetch, as a `fetch` with a cache has and gives them.
 *
 * @param how `again` for a request that was decided on less than a second ago; `known` for a record that was read before, as
 *   those are that are served over and over; `text` for one that was not.
 */
export function ours({ shared, request, response, elapsed, presented }, how) {
  const engine = (how === 'again' ? decisions : engines)[Number(shared)];
  const tell = {
    again: (decision, record, now) => decision.found(record, now),
    known: records.tell,
    text: tellFound,
  }[how];
  const [asked, got, again] = [fetched(request), { status: 200, headers: new Headers(response) }, fetched(presented)];
  const [askedText, gotText, againText] = [writeRequest(asked), writeResponse(got), writeRequest(again)];
  const record = store(engine, askedText, gotText);
  while (waiting.length < WAITING) {
    const machine = engine.begin(askedText);
    machine.tell('', 0, CAME);
    machine.tell('lookup', 0, CAME);
    waiting.push(machine);
  }
  const now = CAME + elapsed * 1000;
  return {
    decide: {
      bare: () => decide(engine, againText, record, now, tell),
      whole: () => heads(decide(engine, writeRequest(again), record, now, tell), record),
    },
    store: {
      bare: () => store(engine, askedText, gotText),
      whole: () => store(engine, writeRequest(asked), writeResponse(got)),
    },
    plan: became(decide(engine, againText, record, now, tell)),
  };
}

/** Up to the network, or to the end. Two texts if the answer is validated behind it. */
function decide(engine, request, record, now, tell) {
  const machine = engine.begin(request);
  machine.tell('', 0, now);
  const plan = readSteps(tell(machine, record, now));
  machine.free();
  return plan;
}

/** A request that nothing is stored for, its response, and the record that comes of it. */
function store(engine, request, response) {
  const machine = engine.begin(request);
  machine.tell('', 0, CAME);
  machine.tell('lookup', 0, CAME);
  machine.tell(`reply\n${response}`, CAME, CAME);
  const committed = machine.tell('commit\n0\n', 0, 0);
  machine.free();
  return committed.slice(committed.indexOf('\n', committed.indexOf('\n') + 1) + 1);
}

/** The plan as objects of Fetch. What a request is forwarded with is few fields, if any, and stays text. */
function heads(plan, record) {
  const base = (slot) => records.fieldsOf(record, slot);
  return plan.map((step) => (step.startsWith('serve') ? readServed(step.split('\n').slice(1), base) : step));
}

function became([first, second]) {
  if (!first.startsWith('serve')) return 'validate';
  return second.startsWith('forward') ? 'reuse and validate' : 'reuse';
}

/** The parts of a Request that count here: a real one adds nothing but time to both sides. */
function fetched(fields) {
  return { method: 'GET', url: URL, mode: 'cors', destination: '', cache: 'default', headers: new Headers(fields) };
}
