// Every vector, inside a service worker of each engine.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chosenEngines, launch } from '../browser/engines.mjs';
import { openTab } from '../browser/tab.mjs';
import { openOrigin } from '../conformance/origin.mjs';
import { readVectors, told } from './files.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

describe('every vector holds in a service worker', () => {
  for (const name of chosenEngines()) {
    it(name, { timeout: 120_000 }, async () => {
      const vectors = readVectors();
      const browser = await launch(name);
      const origin = await openOrigin({ files: await files(vectors) });
      try {
        const tab = await openTab(browser.driver, { url: (path) => `${origin.url}/${path}` });
        await tab.open('start.html');
        const { error, faults } = await tab.run(runInWorker);
        assert.equal(error, undefined);
        assert.equal(faults.length, vectors.length);
        const failed = vectors.flatMap((vector, index) =>
          faults[index].length > 0 ? [told(vector, faults[index])] : [],
        );
        assert.equal(failed.length, 0, `${failed.length} of ${vectors.length}:\n${failed.join('\n')}`);
      } finally {
        await origin.close();
        await browser.close();
      }
    });
  }
});

async function files(vectors) {
  return {
    '/start.html': { type: 'text/html', body: '<!doctype html><title>vectors</title>' },
    '/vectors.json': { type: 'application/json', body: JSON.stringify(vectors) },
    '/keepfresh.wasm': { type: 'application/wasm', body: readFileSync(at('../../target/wasm/keepfresh.small.wasm')) },
    '/worker.js': { type: 'text/javascript', body: await workerScript() },
  };
}

/** One script without imports: not every engine has workers that are modules. */
async function workerScript() {
  const options = { bundle: true, format: 'iife', logLevel: 'error', write: false };
  // The glue names its own URL only to find the module, which it is given here.
  const define = { 'import.meta.url': '""' };
  const { outputFiles } = await build({ ...options, define, entryPoints: [at('worker.mjs')] });
  return outputFiles[0].text;
}

/** In the page: registers the worker, and has it run everything. */
async function runInWorker() {
  await navigator.serviceWorker.register('/worker.js');
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  active.postMessage('run', [port2]);
  return answer;
}
