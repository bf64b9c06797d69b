// Where the suite can be run: each place in which the cache lives, and its peers for comparison. What a host needs is
// loaded when it runs, so that one that is not built does not keep the others from running.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/run.mjs';

const BOTH = ['private', 'shared'];

/** The worker under test: every request is answered by the rules of HTTP alone. */
const WORKER = `
  import { serveFromCache } from './pkg/service-worker.js';
  serveFromCache({ routes: [{ path: '/*', policy: 'http' }] });`;

/**
 * Each: its `name`, what it is called in the README (`label`), the modes it has, and `run({ tests, mode })`, which
 * promises the outcome of every test by its id. A peer is another cache: nothing is expected of it.
 */
export const HOSTS = [
  { name: 'native', label: 'keepfresh, native', modes: BOTH, run: lazily('./run-native.mjs', 'runNative') },
  { name: 'node', label: 'keepfresh in Node', modes: BOTH, run: runNode },
  { name: 'chromium', label: 'keepfresh in a worker, Chromium', modes: ['private'], run: engine('Chromium') },
  { name: 'firefox', label: 'keepfresh in a worker, Firefox', modes: ['private'], run: engine('Firefox') },
  { name: 'webkit', label: 'keepfresh in a worker, WebKit', modes: ['private'], run: engine('WebKit') },
  { name: 'undici', label: 'undici', modes: BOTH, run: lazily('./peers.mjs', 'runUndici'), isPeer: true },
  { name: 'plain-fetch', label: 'no cache', modes: BOTH, run: lazily('./peers.mjs', 'runPlain'), isPeer: true },
];

function lazily(module, name) {
  return async (options) => (await import(module))[name](options);
}

async function runNode({ tests, mode }) {
  const { cachingFetch } = await import(pathToFileURL(built('node.js')).href);
  const { runInNode } = await import('./run-in-node.mjs');
  return runInNode({ tests, mode, fetchFactory: () => cachingFetch({ shared: mode === 'shared' }) });
}

function engine(name) {
  return async ({ tests }) => {
    const { launch } = await import('../browser/engines.mjs');
    const { runInBrowser } = await import('./run-in-browser.mjs');
    const worker = await bundledWorker();
    const browser = await launch(name);
    try {
      return await runInBrowser({ tests, driver: browser.driver, worker });
    } finally {
      await browser.close();
    }
  };
}

/** A classic script: not every engine has module workers. */
async function bundledWorker() {
  built('service-worker.js');
  const { build } = await import('esbuild');
  const stdin = { contents: WORKER, resolveDir: ROOT };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', logLevel: 'error', write: false });
  return outputFiles[0].text;
}

function built(name) {
  const path = join(ROOT, 'pkg', name);
  if (!existsSync(path)) throw new Error(`pkg/${name} is not there; build it with \`npm run build\``);
  return path;
}
