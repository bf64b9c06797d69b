// Runs tests against a service worker's cache, from a page that the worker controls: what the page fetches goes to the
// worker and not to the browser's own cache. (The worker has to get past that one by itself.)

import { fileURLToPath } from 'node:url';
import { openTab } from '../browser/tab.mjs';
import { until } from '../browser/until.mjs';
import { filesOf, openOrigin } from './origin.mjs';

/** A browser has six connections to an origin; the rest of a test is waiting. */
const AT_ONCE = 50;

const HERE = fileURLToPath(new URL('.', import.meta.url));

const page = (content) => ({ type: 'text/html', body: `<!doctype html><title>conformance</title>${content}` });

/**
 * @param driver a WebDriver session.
 * @param worker the text of the worker's script. Without one the browser's own cache is tested.
 * @returns the outcome of every test, by its id.
 */
export async function runInBrowser({ tests, driver, worker }) {
  const plan = { tests, atOnce: AT_ONCE, hasWorker: worker !== undefined };
  const files = {
    ...filesOf(HERE, '/conformance'),
    '/plan.json': { type: 'application/json', body: JSON.stringify(plan) },
    '/run.html': page('<script type="module" src="/conformance/page.mjs"></script>'),
    '/start.html': page(''),
    '/worker.js': { type: 'text/javascript', body: worker },
  };
  const origin = await openOrigin({ files });
  let tab;
  try {
    tab = await openTab(driver, { url: (path) => `${origin.url}/${path}` });
    if (worker !== undefined) await install(tab);
    await tab.open('run.html');
    return await collect(tab, tests.length);
  } finally {
    await tab?.close();
    await origin.close();
  }
}

/** The page that registers a worker need not be controlled by it; the next one is. */
async function install(tab) {
  await tab.open('start.html');
  await tab.run(async () => void (await navigator.serviceWorker.register('/worker.js')));
  await tab.until('the worker to be active', async () => {
    const { active } = await navigator.serviceWorker.ready;
    return active.state === 'activated';
  });
}

/** Fetches what is done, again and again; when nothing more comes, `until` gives up. */
async function collect(tab, count) {
  const outcomes = new Map();
  for (;;) {
    const { done, fault, isOver } = await until(`test ${outcomes.size + 1} of ${count}`, () => tab.run(news));
    for (const { id, outcome } of done) outcomes.set(id, outcome);
    if (fault) throw new Error(`in the page: ${fault}`);
    if (isOver) return outcomes;
  }
}

/** What was done since the last time; nothing, if nothing was. */
function news() {
  const run = globalThis.conformance;
  if (!run) return undefined;
  const { fault, isOver } = run;
  const done = run.done.splice(0);
  return done.length > 0 || fault || isOver ? { done, fault, isOver } : undefined;
}
