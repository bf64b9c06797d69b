// Other caches, to know that this runner judges as the suite's own does: their scores are published.
//
// `undici` is measured if it is there: no dependency of this project, it is looked for in the folder that
// KEEPFRESH_PEERS names (one in which `npm install undici` was run).

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';
import { interimWatcher } from './interim.mjs';
import { runInNode } from './run-in-node.mjs';

/** Node's `fetch`, which has no cache. */
export const runPlain = ({ tests, mode }) => runInNode({ tests, mode, fetchFactory: () => fetch });

/** The cache of undici, as it comes. */
export async function runUndici({ tests, mode }) {
  const { Agent, fetch, interceptors } = load('undici');
  const dispatcher = new Agent().compose(interceptors.cache({ type: mode }));
  const fetchFactory = () => (url, init) => fetch(url, { dispatcher, ...init });
  return runInNode({ tests, mode, fetchFactory, interim: interimWatcher(dispatcher) });
}

function load(name) {
  const folder = process.env.KEEPFRESH_PEERS ?? ROOT;
  try {
    return createRequire(join(folder, 'package.json'))(name);
  } catch (error) {
    const hint = `run \`npm install ${name}\` in a folder and name that folder in KEEPFRESH_PEERS`;
    throw new Error(`${name} is not in ${folder}: ${hint}`, { cause: error });
  }
}
