// Our side in Node: the wasm module, with the text that `js/machine.ts` makes of Fetch's objects.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformSync } from 'esbuild';
import { ROOT } from '../../scripts/run.mjs';
import { CAME, URL } from './cases.mjs';

const { Engine, initSync } = await import(pathToFileURL(join(ROOT, 'target/wasm/keepfresh.js')).href);
const read = (path) => readFileSync(join(ROOT, path));
initSync({ module: read('target/wasm/keepfresh.fast.wasm') });
const engines = [new Engine('private'), new Engine('shared')];

/** The package's own code between Fetch's objects and the machine. */
const { code } = transformSync(read('js/machine.ts').toString(), { loader: 'ts', format: 'esm' });
const { readServed, readSteps, writeRequest, writeResponse } = await import(
  `data:text/javascript,${encodeURIComponent(code)}`
);

/**
 * What is measured of a case. `bare`: from the text of heads to the text of the plan. `whole`: from objects of Fetch
 * to objects of Fetch, as a `fetch` with a cache has and gives them.
 */
export function ours({ shared, request, response, elapsed, presented }) {
  const engine = engines[Number(shared)];
  const [asked, got, again] = [fetched(request), { status: 200, headers: new Headers(response) }, fetched(presented)];
  const [askedText, gotText, againText] = [writeRequest(asked), writeResponse(got), writeRequest(again)];
  const record = store(engine, askedText, gotText);
  const now = CAME + elapsed * 1000;
  return {
    decide: {
      bare: () => decide(engine, againText, record, now),
      whole: () => heads(decide(engine, writeRequest(again), record, now)),
    },
    store: {
      bare: () => store(engine, askedText, gotText),
      whole: () => store(engine, writeRequest(asked), writeResponse(got)),
    },
    plan: became(decide(engine, againText, record, now)),
  };
}

/** Up to the network, or to the end. Two texts if the answer is validated behind it. */
function decide(engine, request, record, now) {
  const machine = engine.begin(request);
  machine.tell('', 0, now);
  const plan = readSteps(machine.tell(`lookup\n${record}`, 0, now));
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
function heads(plan) {
  return plan.map((step) => (step.startsWith('serve') ? readServed(step.split('\n').slice(1)) : step));
}

function became([first, second]) {
  if (!first.startsWith('serve')) return 'validate';
  return second.startsWith('forward') ? 'reuse and validate' : 'reuse';
}

/** The parts of a Request that count here: a real one adds nothing but time to both sides. */
function fetched(fields) {
  return { method: 'GET', url: URL, mode: 'cors', destination: '', cache: 'default', headers: new Headers(fields) };
}
