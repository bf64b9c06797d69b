// Judges a response that the client got. Where the suite's own judge is laxer than its data, so is this one: the
// verdicts are to agree.

import { demand, partOf } from './fault.mjs';
import { fieldValue } from './macros.mjs';

const WITHOUT_BODY = new Set([204, 304]);

/** Throws a fault if `response`, to the request with this number (from 1 up), is not what the test expects. */
export async function judgeResponse(request, number, response, { interims, uuid }) {
  judgeRetries(response);
  judgeType(request, number, response);
  judgeStatus(request, number, response);
  judgeFields(request, number, response);
  judgeInterims(request, interims);
  judgeBody(request, response, await response.text(), uuid);
}

/** A request that came to the origin twice says nothing about caches. */
function judgeRetries({ headers }) {
  const numbers = headers.get('Request-Numbers')?.split(' ') ?? [];
  demand(numbers.length === new Set(numbers).size, 'setup', 'retry');
}

function judgeType(request, number, { headers, status }) {
  const count = parseInt(headers.get('Server-Request-Count'));
  const part = partOf(request, 'expected_type');
  if (request.expected_type === 'cached' && !(status === 304 && isNaN(count))) {
    demand(count < number, part, `response ${number} does not come from the cache`);
  }
  if (request.expected_type === 'not_cached') {
    demand(count === number, part, `response ${number} comes from the cache`);
  }
}

function judgeStatus(request, number, { status }) {
  const { expected_status: expected, response_status: sent } = request;
  const message = (wanted) => `response ${number} has the status ${status}, not ${wanted}`;
  if (expected !== undefined) {
    demand(expected === null || status === expected, partOf(request, 'expected_status'), message(expected));
  } else if (sent) {
    demand(status === sent[0], 'setup', message(sent[0]));
  } else {
    const part = partOf(request, 'expected_type');
    demand(status !== 999, part, `request ${number} should have been a validation request, and was not`);
    demand(status === 200, 'setup', message(200));
  }
}

function judgeFields(request, number, { headers }) {
  const part = partOf(request, 'expected_response_headers');
  for (const expected of request.expected_response_headers ?? []) {
    const [name, ...rest] = [expected].flat();
    const value = headers.get(name);
    if (rest.length !== 1) demand(value !== null, part, `response ${number} has no ${name}`);
    if (rest.length === 0) continue;
    const { holds, wanted } = compared(value, expected, headers, request);
    demand(holds, part, `response ${number} has ${name}: ${value}, not ${wanted}`);
  }

  const missing = partOf(request, 'expected_response_headers_missing');
  for (const name of request.expected_response_headers_missing ?? []) {
    // Pairs name a value that must be missing. The suite's judge never looks at them.
    if (Array.isArray(name)) continue;
    demand(!headers.has(name), missing, `response ${number} has ${name}: ${headers.get(name)}, and should not`);
  }
}

/** The forms are `[name, value]`, `[name, '=', other name]` and `[name, '>', number]`. */
function compared(value, expected, headers, request) {
  const [, operator, operand] = expected;
  if (expected.length === 2) {
    const from = { now: parseInt(headers.get('server-now')), path: headers.get('server-base-url') };
    const wanted = fieldValue(expected, from, request);
    return { holds: value === wanted, wanted };
  }
  if (operator === '=') return { holds: value === headers.get(operand), wanted: `what ${operand} has` };
  if (operator === '>') return { holds: parseInt(value) > operand, wanted: `more than ${operand}` };
  throw new Error(`the suite compares fields by ${operator}, which is new`);
}

/** Of the fields of an interim response only the names are judged. */
function judgeInterims(request, interims) {
  const part = partOf(request, 'expected_interim_responses');
  for (const [index, [expected, fields = []]] of (request.expected_interim_responses ?? []).entries()) {
    const [status, received] = interims[index] ?? [];
    demand(status === expected, part, `interim response ${index + 1} is ${status ?? 'not there'}, not ${expected}`);
    for (const [name] of fields) demand(name in received, part, `interim response ${index + 1} has no ${name}`);
  }
}

function judgeBody(request, { status }, body, uuid) {
  const { check_body: isJudged = true, expected_response_text: expected, response_body: sent } = request;
  const message = (wanted) => `the body is "${body}", not "${wanted}"`;
  if (!isJudged || expected === null) return;
  if (expected !== undefined) {
    demand(body === expected, partOf(request, 'expected_response_text'), message(expected));
  } else if (sent !== undefined && sent !== null) {
    demand(body === sent, 'setup', message(sent));
  } else if (!WITHOUT_BODY.has(status) && request.request_method !== 'HEAD') {
    demand(body === uuid, 'setup', message(uuid));
  }
}
