// What keepfresh says of an exchange, by way of its wasm module: the one that ships.
//
// An answer: `storable`; and of what is stored `ttl`, the seconds of freshness left (0 if stale), the `conditions` that
// a validation is sent with, and what becomes of the presented request (`reuse`): `reuse`, `reuse and validate`,
// `validate`, or `fail` where the request forbids to ask.

import { readFileSync } from 'node:fs';
import { Engine, initSync } from '../../target/wasm/keepfresh.js';
import { CAME, URL } from './generate.mjs';

initSync({ module: readFileSync(new globalThis.URL('../../target/wasm/keepfresh.fast.wasm', import.meta.url)) });
export const engines = { private: new Engine('private'), shared: new Engine('shared') };

/** Our answer. */
export function ours(exchange) {
  const engine = exchange.shared ? engines.shared : engines.private;
  const record = stored(engine, exchange);
  if (record === undefined) return { storable: false };
  const now = CAME + exchange.elapsed * 1000;
  const { presented, presentedMethod: method } = exchange;
  const present = (fields, mode, method) => steps(engine, requestText(method, fields, mode), { record, now });

  // A cache mode that takes any stored response shows how much freshness is left of it.
  const { 'cache-control': _, ...plain } = exchange.request;
  const [, served] = present(plain, 'force-cache', 'GET');
  const ttl = Math.max(0, Number(/; ttl=(-?\d+)/.exec(served)[1]));
  const validated = present({ ...presented, 'cache-control': 'no-cache' }, 'default', method);
  return {
    storable: true,
    ttl,
    conditions: conditionsOf({ ...presented, ...fieldsOf(validated.find(isForward)) }),
    reuse: became(present(presented, 'default', method)),
  };
}

/** `If-None-Match`, in order and each tag once, and `If-Modified-Since`. */
export function conditionsOf(fields) {
  const tags = (fields['if-none-match'] ?? '').split(',').map((tag) => tag.trim());
  return `${[...new Set(tags)].sort().join(' ')} | ${fields['if-modified-since'] ?? ''}`;
}

/** The head of a request as the machine reads it. */
export const requestText = (method, fields, mode = 'default') => `${method}\n${URL}\ncors\n\n${mode}\n${lines(fields)}`;

/** The head of a response as the machine reads it. */
export const responseText = ({ status, response }) => `${status}\n\n${lines(response)}`;

const lines = (fields) =>
  Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('');

/** The record of the stored response; nothing if it is not stored. */
export function stored(engine, exchange) {
  const { method, request } = exchange;
  let record;
  const write = (machine, index) => (record = machine.tell(`commit\n${index}\n`, 0, 0).split('\n').slice(2).join('\n'));
  steps(engine, requestText(method, request), { record: '', now: CAME, reply: responseText(exchange), write });
  return record;
}

/** All steps of a request up to the network, or to the end if there is a reply. */
function steps(engine, request, { record, now, reply, write }) {
  const machine = engine.begin(request);
  const taken = [];
  const tell = (event) => machine.tell(event, now, now).split('\x1e').slice(0, -1);
  const open = tell('');
  for (let writes = 0; open.length > 0 && open[0] !== 'done';) {
    const step = open.shift();
    taken.push(step);
    if (step.startsWith('lookup')) open.push(...tell(`lookup\n${record}`));
    if (isForward(step) && reply !== undefined) open.push(...tell(`reply\n${reply}`));
    if (step.startsWith('write\nstore')) write(machine, writes);
    if (step.startsWith('write')) writes++;
  }
  machine.free();
  return taken;
}

const isForward = (step) => step.startsWith('forward');

/** Fields that a request is forwarded with. */
const fieldsOf = (forward) =>
  Object.fromEntries(
    forward
      .split('\n')
      .slice(4)
      .filter((line) => line)
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );

function became(taken) {
  const [serve, forward] = [taken.find((step) => step.startsWith('serve')), taken.find(isForward)];
  if (!serve) return 'validate';
  if (serve.split('\n')[8] === '504') return 'fail';
  return forward ? 'reuse and validate' : 'reuse';
}
