// The public suite as data. It belongs to its authors (https://github.com/http-tests/cache-tests): it is read from
// wherever the user has it, and is no part of this project.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/run.mjs';

/** Where it is if nobody says where it is. */
const DEFAULT = join(ROOT, '..', 'shared', 'http-cache-tests', 'suites.json');

/** The three kinds of tests: what a cache must do, what a good one does, and questions without a right answer. */
export const KINDS = ['required', 'optimal', 'check'];

const HINT = `get it with
  git clone https://github.com/http-tests/cache-tests
and name it: --suite PATH, where PATH is the checkout, or a file of its data (the default export of its tests/index.mjs,
as JSON), or a folder with such a file called suites.json`;

/**
 * All tests of the suite, as one list in which every test has a `kind`.
 *
 * @param path `suites.json`, a folder that contains it, or a checkout of the suite.
 * @throws an Error that says where to get it, if it is not there.
 */
export async function loadSuite(path = DEFAULT) {
  if (!existsSync(path)) throw new Error(`there is no test suite at ${path}; ${HINT}`);
  let suites;
  try {
    suites = await read(path);
  } catch (error) {
    throw new Error(`${path} could not be read as the test suite: ${error.message}; ${HINT}`, { cause: error });
  }
  const isSuite = Array.isArray(suites) && suites.length > 0 && suites.every(({ tests }) => Array.isArray(tests));
  if (!isSuite) throw new Error(`${path} is not the test suite: it has no list of suites with tests; ${HINT}`);
  return suites.flatMap(({ tests }) => tests).map((test) => ({ kind: 'required', ...test }));
}

async function read(path) {
  if (!statSync(path).isDirectory()) return JSON.parse(readFileSync(path, 'utf8'));
  const data = join(path, 'suites.json');
  if (existsSync(data)) return JSON.parse(readFileSync(data, 'utf8'));
  const { default: suites } = await import(pathToFileURL(join(path, 'tests', 'index.mjs')).href);
  return JSON.parse(JSON.stringify(suites)); // As data: what is shared between tests is so no more.
}

/** The tests of a mode: a `private` cache is tested as the suite tests a browser's, a `shared` one as a proxy. */
export function select(tests, mode) {
  if (mode === 'shared') return tests.filter((test) => !test.browser_only);
  if (mode === 'private') return tests.filter((test) => !test.browser_skip && !test.cdn_only);
  throw new Error(`a cache is private or shared, not ${mode}`);
}
