// Judges what the origin received, once the last response is there.

import { demand, partOf } from './fault.mjs';

/** No script in a browser can see these; a private cache is judged without them. */
const HIDDEN = new Set(['set-cookie', 'set-cookie2']);

/** Which field a validation request of a type has. */
const CONDITIONS = { etag_validated: 'if-none-match', lm_validated: 'if-modified-since' };

/**
 * Throws a fault if the origin did not receive what the test expects.
 *
 * @param received what it says of the requests that came to it, in order: those that were expected to be answered from
 *   the cache are not among them.
 */
export function judgeOrigin(requests, responses, received, { isPrivate }) {
  const arrivals = received.values();
  for (const [index, request] of requests.entries()) {
    if (request.expected_type === 'cached') continue;
    const number = index + 1;
    const arrival = arrivals.next().value;
    judgeType(request, number, arrival);
    judgePresent(request, number, arrival);
    judgeMissing(request, number, arrival);
    judgeUnchanged(number, responses[index], arrival?.response_headers ?? [], isPrivate);
    if ('expected_method' in request) {
      const { expected_method: method } = request;
      const isSent = arrived(arrival, number).request_method === method;
      demand(isSent, partOf(request, 'expected_method'), `request ${number} was forwarded with another method`);
    }
  }
}

function judgeType(request, number, arrival) {
  const part = partOf(request, 'expected_type');
  if (request.expected_type === 'not_cached') {
    const isSame = arrived(arrival, number).request_num === number;
    demand(isSame, part, `response ${number} comes from the cache, as the origin sees it`);
  }
  const condition = CONDITIONS[request.expected_type];
  if (!condition) return;
  demand(arrival, part, `request ${number} was not forwarded`);
  demand(condition in arrival.request_headers, part, `request ${number} was forwarded without ${condition}`);
}

function judgePresent(request, number, arrival) {
  const part = partOf(request, 'expected_request_headers');
  for (const expected of request.expected_request_headers ?? []) {
    const [name, wanted] = [expected].flat();
    const value = arrived(arrival, number).request_headers[name.toLowerCase()];
    const holds = wanted === undefined ? value !== undefined : value === wanted;
    demand(holds, part, `request ${number} was forwarded with ${name}: ${value}, not ${wanted ?? 'any value'}`);
  }
}

function judgeMissing(request, number, arrival) {
  const part = partOf(request, 'expected_request_headers_missing');
  for (const unexpected of request.expected_request_headers_missing ?? []) {
    const [name, unwanted] = [unexpected].flat();
    const value = arrived(arrival, number).request_headers[name.toLowerCase()];
    const holds = unwanted === undefined ? value === undefined : value !== unwanted;
    demand(holds, part, `request ${number} was forwarded with ${name}: ${value}`);
  }
}

/** What the origin sent reaches the client as it was. Repeated lines may have been joined. */
function judgeUnchanged(number, { headers }, sent, isPrivate) {
  for (const [name, lines] of sent) {
    const field = name.toLowerCase();
    if (field === 'date' || (isPrivate && HIDDEN.has(field))) continue;
    const value = [lines].flat().join(', ');
    const got = headers.get(name);
    demand(got === value, 'setup', `response ${number} has ${name}: ${got}, not ${value} as it was sent`);
  }
}

/** Without an arrival there is nothing to judge, and the test fails whatever its part is. */
function arrived(arrival, number) {
  demand(arrival, 'subject', `request ${number} was not forwarded`);
  return arrival;
}
