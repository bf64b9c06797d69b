// Differences in what is stored.

import * as read from '../reading.mjs';
import { URL } from '../generate.mjs';

const UNDERSTOOD_BY_THEM = [200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414, 501];
const NEVER_GUESSED = [302, 303, 307];

/** The exchange with something else set, where a condition holds. */
const where = (holds, change) => (exchange) => (holds(exchange) ? { ...exchange, ...change } : undefined);
const isOfTarget = ({ status, response }) => status === 200 && response['content-location'] === URL;

export const storage = [
  {
    id: 'status',
    what: 'a status code that they do not list: 299, 400, 500, 599',
    ours: 'stored if it says for how long',
    theirs: 'never stored',
    clause: 'RFC 9111, 3: any final status code',
    right: 'both: storing is never required',
    asks: ['storable'],
    side: 'more',
    repair: where(({ status }) => !UNDERSTOOD_BY_THEM.includes(status), { status: 200 }),
  },
  {
    id: 'must-understand',
    what: '`no-store, must-understand` with a status code that is understood',
    ours: 'stored',
    theirs: 'not stored',
    clause: 'RFC 9111, 5.2.2.3: then no-store is to be ignored',
    right: 'both: it is a SHOULD, newer than they are',
    asks: ['storable'],
    side: 'more',
    repair: (exchange) =>
      read.has(exchange, 'response', 'no-store') ? read.dropped('response', 'must-understand')(exchange) : undefined,
  },
  {
    id: 'private-fields',
    what: '`private="set-cookie"` in a shared cache',
    ours: 'stored without that field',
    theirs: 'not stored',
    clause: 'RFC 9111, 5.2.2.7: it limits the directive to those fields',
    right: 'both: a cache may take it for `private`',
    asks: ['storable'],
    side: 'more',
    repair: (exchange) =>
      exchange.shared
        ? read.rewritten(exchange, 'response', ({ member, name, argument, isQuoted }) =>
            name === 'private' && isQuoted && argument !== '' ? undefined : member,
          )
        : undefined,
  },
  {
    id: 'private-status',
    what: '`private` and nothing else with 302, 303, 307, in a private cache',
    ours: 'stored, stale at once',
    theirs: 'not stored',
    clause: 'RFC 9111, 3: a private directive, if the cache is not shared',
    right: 'both: storing is never required',
    asks: ['storable'],
    side: 'more',
    repair: where((one) => !one.shared && NEVER_GUESSED.includes(one.status) && read.has(one, 'response', 'private'), {
      status: 200,
    }),
  },
  {
    id: 'set-cookie-guessed',
    what: '`Set-Cookie` and no lifetime, in a shared cache',
    ours: 'not stored',
    theirs: 'stored, stale at once',
    clause: 'RFC 9111, 7.3 warns of it',
    right: 'both',
    asks: ['storable'],
    side: 'less',
    repair: (exchange) => (exchange.shared ? read.withField(exchange, 'response', 'set-cookie', undefined) : undefined),
  },
  {
    id: 'vary-star',
    what: '`Vary: *`',
    ours: 'not stored',
    theirs: 'stored, and never matched',
    clause: 'RFC 9111, 4.1: it always fails to match',
    right: 'both',
    asks: ['storable'],
    side: 'less',
    repair: (exchange) =>
      /\*/.test(exchange.response.vary) ? read.withField(exchange, 'response', 'vary', undefined) : undefined,
  },
  {
    id: 'head-stored',
    what: 'the response to a `HEAD`',
    ours: 'not stored',
    theirs: 'stored',
    clause: 'RFC 9110, 9.3.2: a cache may use it for later HEADs',
    right: 'both: storing is never required',
    asks: ['storable'],
    side: 'less',
    repair: where(({ method }) => method === 'HEAD', { method: 'GET' }),
  },
  {
    id: 'post-stored',
    what: 'the response to a `POST` that is not said to be what the target URI stands for',
    ours: 'not stored',
    theirs: 'stored if it says for how long',
    clause: 'RFC 9110, 9.3.3: only with a Content-Location that is the target URI',
    right: 'ours',
    asks: ['storable'],
    side: 'less',
    repair: where((one) => one.method === 'POST' && !isOfTarget(one), { method: 'GET' }),
  },
];
