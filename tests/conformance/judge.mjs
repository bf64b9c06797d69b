// Runs one test of the suite against a cache, and says whether it passed. The same code judges in Node and in a page:
// whatever differs between them is an argument.

import { judgeOrigin } from './judge-origin.mjs';
import { judgeResponse } from './judge-response.mjs';
import { fieldValue } from './macros.mjs';

const TIMEOUT_SECONDS = 10;

/**
 * Runs a test: its requests one after the other, each judged when its response is there; in the end what the origin
 * received is judged too.
 *
 * @param world where it happens:
 *   `fetch` asks the cache under test; `base` is the URL of the origin; `configure(uuid, requests)` and `state(uuid)`
 *   are the origin's; `pause()` lets three seconds pass; `uuid` names the test at the origin; `isPrivate` says what
 *   kind of cache it is; `interim(init)`, if there is one, gives the list in which the interim responses will be.
 * @returns `{ passed, reason, isSetup }`: a fault with `isSetup` came before what the test is about.
 */
export async function runTest(test, world) {
  try {
    await world.configure(world.uuid, test.requests);
    const responses = [];
    for (const [index, request] of test.requests.entries()) {
      responses.push(await exchange(test, index, responses.at(-1), world));
      if ('pause_after' in request) await world.pause();
    }
    judgeOrigin(test.requests, responses, await world.state(world.uuid), world);
    return { passed: true, reason: '', isSetup: false };
  } catch (error) {
    const reason = error.name === 'Fault' ? error.message : [error, error.cause].filter(Boolean).join(': ');
    return { passed: false, reason, isSetup: error.isSetup ?? false };
  }
}

async function exchange(test, index, previous, { base, fetch, interim, isPrivate, uuid }) {
  const request = test.requests[index];
  const init = requestInit(test, index, previous, isPrivate);
  const controller = new AbortController();
  init.signal = controller.signal;
  const timer = setTimeout(() => controller.abort(), TIMEOUT_SECONDS * 1000);
  try {
    const interims = request.expected_interim_responses && interim ? interim(init) : [];
    const response = await fetch(testUrl(base, uuid, request), init);
    await judgeResponse(request, index + 1, response, { interims, uuid });
    return response;
  } finally {
    clearTimeout(timer);
  }
}

function testUrl(base, uuid, { filename, query_arg: query }) {
  return `${base}/test/${uuid}${filename === undefined ? '' : `/${filename}`}${query === undefined ? '' : `?${query}`}`;
}

function requestInit(test, index, previous, isPrivate) {
  const request = test.requests[index];
  const init = { headers: [] };
  // Between the client and a shared cache there may be a `fetch` that adds `no-cache` to requests with conditions
  // unless they have these fields. The suite's own runner does the same. (It also asks for the cache mode `no-store`,
  // to get past the cache of a browser; here the cache under test may be behind that very argument.)
  if (!isPrivate) init.headers.push(['Pragma', 'foo'], ['Cache-Control', 'nothing-to-see-here']);
  for (const [name, value] of request.request_headers ?? []) {
    const isRelative = request.magic_ims && name.toLowerCase() === 'if-modified-since';
    const now = parseInt(previous?.headers.get('server-now'));
    init.headers.push([name, isRelative ? fieldValue([name, value], { now }, request) : String(value)]);
  }
  init.headers.push(['Test-Name', test.name], ['Test-ID', test.id], ['Req-Num', String(index + 1)]);
  if ('request_method' in request) init.method = request.request_method;
  if ('request_body' in request) init.body = request.request_body;
  for (const name of ['mode', 'credentials', 'cache', 'redirect']) {
    if (name in request) init[name] = request[name];
  }
  return init;
}
