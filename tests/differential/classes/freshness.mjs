// Differences in how long a response is fresh.

import * as read from '../reading.mjs';

const TEN_DAYS = 864_000_000;
const BOTH = ['ttl', 'reuse'];

/** A span that a tenth of is whole seconds. */
const tens = (milliseconds) => Math.floor(milliseconds / 10_000) * 10_000;

/** Whether an explicit lifetime is there that counts for this cache. */
const saysHowLong = (exchange) =>
  read.has(exchange, 'response', 'max-age') ||
  exchange.response.expires !== undefined ||
  (exchange.shared && read.has(exchange, 'response', 's-maxage'));

const wholeOrFields = (wanted) => (exchange) =>
  read.rewritten(exchange, 'response', ({ member, name, argument, isQuoted }) =>
    name === 'no-cache' && (isQuoted && argument !== '') === (wanted === 'fields') ? undefined : member,
  );

export const freshness = [
  {
    id: 'no-cache-lifetime',
    what: '`no-cache`',
    ours: 'validated whatever its lifetime',
    theirs: 'a lifetime of 0',
    clause: 'RFC 9111, 5.2.2.4',
    right: 'both: it is validated',
    asks: ['ttl'],
    side: 'more',
    repair: wholeOrFields('whole'),
  },
  {
    id: 'no-cache-fields',
    what: '`no-cache="set-cookie"`',
    ours: 'reused without that field',
    theirs: 'validated',
    clause: 'RFC 9111, 5.2.2.4: it limits the directive to those fields',
    right: 'both: a cache may take it for `no-cache`',
    asks: BOTH,
    side: 'more',
    repair: wholeOrFields('fields'),
  },
  {
    id: 'set-cookie-explicit',
    what: '`Set-Cookie` with a lifetime but without `public`, in a shared cache',
    ours: 'fresh as long as it says',
    theirs: 'stale at once',
    clause: 'RFC 9111, 7.3: the field does not inhibit caching',
    right: 'both',
    asks: BOTH,
    side: 'more',
    repair: (exchange) =>
      exchange.shared && !read.has(exchange, 'response', 'public')
        ? read.withField(exchange, 'response', 'set-cookie', undefined)
        : undefined,
  },
  {
    id: 'proxy-revalidate',
    what: '`proxy-revalidate` in a shared cache',
    ours: 'reused while fresh',
    theirs: 'stale at once',
    clause: 'RFC 9111, 5.2.2.8: once it has become stale',
    right: 'ours; theirs is safe',
    asks: BOTH,
    side: 'more',
    repair: (exchange) => (exchange.shared ? read.dropped('response', 'proxy-revalidate')(exchange) : undefined),
  },
  {
    id: 'immutable-lifetime',
    what: '`immutable` without `max-age`',
    ours: 'adds nothing to the lifetime',
    theirs: 'a day, at least',
    clause: 'RFC 8246, 2: it speaks of responses while they are fresh',
    right: 'ours',
    asks: BOTH,
    side: 'less',
    repair: (exchange) =>
      read.has(exchange, 'response', 'max-age') ? undefined : read.dropped('response', 'immutable')(exchange),
  },
  {
    id: 'guess-limit',
    what: 'a last modification more than ten days ago, and no lifetime',
    ours: 'a day, at most',
    theirs: 'a tenth, however long',
    clause: 'RFC 9111, 4.2.2: no limit is given',
    right: 'both',
    asks: BOTH,
    side: 'less',
    repair: (exchange) => {
      const [modified, limit] = [read.dateOf(exchange.response['last-modified']), read.dated(exchange) - TEN_DAYS];
      return modified < limit && !saysHowLong(exchange)
        ? read.withField(exchange, 'response', 'last-modified', read.imf(limit))
        : undefined;
    },
  },
  {
    id: 'guess-fraction',
    what: 'a guess that is no whole number of seconds',
    ours: 'rounded down',
    theirs: 'as it is',
    clause: 'RFC 9111, 1.2.2: spans are whole seconds',
    right: 'both',
    by: 'npm',
    asks: BOTH,
    side: 'less',
    repair: (exchange) => {
      const unchanged = read.dated(exchange) - (read.dateOf(exchange.response['last-modified']) ?? NaN);
      return unchanged > 0 && !saysHowLong(exchange)
        ? read.withField(exchange, 'response', 'last-modified', read.imf(read.dated(exchange) - tens(unchanged)))
        : undefined;
    },
  },
  {
    id: 'pragma-in-response',
    what: '`Pragma: no-cache` in a response without `Cache-Control`',
    ours: 'means nothing',
    theirs: '`no-cache`',
    clause: 'RFC 9111, 5.4: not specified for responses',
    right: 'both',
    asks: BOTH,
    side: 'more',
    repair: (exchange) =>
      exchange.response['cache-control'] === undefined
        ? read.withField(exchange, 'response', 'pragma', undefined)
        : undefined,
  },
];
