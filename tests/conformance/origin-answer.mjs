// How the origin answers a request of a test: as the test says, with fields beside it that tell the judge which
// request of the client, and which one that got through to the origin, the response was made for.

import { setTimeout as pause } from 'node:timers/promises';
import { fieldValue } from './macros.mjs';

const WITHOUT_BODY = new Set([204, 304]);

/** Answers with what `test` has for this request: the one the client says it is, or else the next. */
export async function answer(test, request, response) {
  const claimed = parseInt(request.headers['req-num']);
  const planned = () => (claimed || test.received.length + 1) - 1;
  if (!test?.requests[planned()]) return response.writeHead(409).end('no test has an answer for this request\n');

  const { response_pause: seconds } = test.requests[planned()];
  if (seconds !== undefined) await pause(seconds * 1000);
  // Others may have been received in the meantime.
  const [before, now] = [test.requests[planned() - 1], test.requests[planned()]];

  for (const [status, fields = []] of now.interim_responses ?? []) {
    if (status === 102) response.writeProcessing();
    else response.writeEarlyHints(Object.fromEntries(fields));
  }
  [response.statusCode, response.statusMessage] = status(before, now, request);
  const saved = setFields(test, now, request, response);

  test.received.push({
    request_num: claimed,
    request_method: request.method,
    request_headers: request.headers,
    response_headers: saved,
  });
  response.setHeader('Request-Numbers', test.received.map((one) => one.request_num).join(' '));

  if (now.disconnect) response.socket.destroy();
  else if (WITHOUT_BODY.has(response.statusCode)) response.end();
  else response.end(now.response_body || test.id);
}

/** Where a validation request is expected, any other is answered with a status that does not exist. */
function status(before, now, request) {
  if (!now.expected_type?.endsWith('validated')) return now.response_status ?? [200, 'OK'];
  const matches = (condition, validator) => {
    const sent = before?.response_headers?.findLast(([name]) => name.toLowerCase() === validator)?.[1];
    return Boolean(sent) && request.headers[condition] === sent;
  };
  const isValid = matches('if-modified-since', 'last-modified') || matches('if-none-match', 'etag');
  return isValid ? [304, 'Not Modified'] : [999, '304 Not Generated'];
}

/** Sets the fields of the response; gives those that the client is to see unchanged. */
function setFields(test, planned, request, response) {
  const now = Date.now();
  response.setHeader('Server-Base-Url', request.url);
  response.setHeader('Server-Request-Count', test.received.length + 1);
  response.setHeader('Client-Request-Count', parseInt(request.headers['req-num']));
  response.setHeader('Server-Now', now);

  const saved = new Map();
  for (const field of planned.response_headers ?? []) {
    // Stays in the plan: a later request may carry it back as a validator.
    field[1] = fieldValue(field, { now, path: request.url }, planned);
    const [name, value, isCompared = true] = field;
    const lines = response.getHeader(name);
    response.setHeader(name, lines === undefined ? value : [lines, value].flat());
    if (isCompared) saved.set(name, response.getHeader(name));
  }
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain');
  return [...saved];
}
