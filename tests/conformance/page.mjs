// The page's part of a run in a browser: runs the plan, and keeps the outcomes until they are fetched by WebDriver,
// which reads `globalThis.conformance`.

import { runTest } from './judge.mjs';
import { inParallel } from './pool.mjs';

const run = { done: [], fault: null, isOver: false };
globalThis.conformance = run;

main().then(
  () => (run.isOver = true),
  (error) => (run.fault = String(error)),
);

async function main() {
  const { tests, atOnce, hasWorker } = await (await fetch('/plan.json')).json();
  const { controller } = navigator.serviceWorker;
  // Without it, or with one where none should be, another cache is measured than the one that was meant.
  if (Boolean(controller) !== hasWorker)
    throw new Error(`the page is ${controller ? '' : 'not '}controlled by a worker`);
  const world = {
    base: location.origin,
    configure,
    fetch: (url, init) => fetch(url, init),
    isPrivate: true,
    pause: () => new Promise((resolve) => setTimeout(resolve, 3000)),
    state: async (uuid) => (await fetch(`/state/${uuid}`)).json(),
  };
  await inParallel(tests, atOnce, async (test) => {
    const outcome = await runTest(test, { ...world, uuid: crypto.randomUUID() });
    run.done.push({ id: test.id, outcome });
  });
  if (navigator.serviceWorker.controller !== controller) throw new Error('the worker was replaced during the tests');
}

async function configure(uuid, requests) {
  const { status } = await fetch(`/config/${uuid}`, { method: 'PUT', body: JSON.stringify(requests) });
  if (status !== 201) throw new Error(`the origin could not be told what to answer: status ${status}`);
}
