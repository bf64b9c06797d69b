// Differences in how spans, dates and ages are read.

import * as read from '../reading.mjs';

const ALL = ['storable', 'ttl', 'reuse'];
const SPANS = ['max-age', 's-maxage', 'stale-while-revalidate', 'max-stale', 'min-fresh'];
const LONGEST = 2 ** 31;

/** A repair of the arguments in seconds of some sections. */
const seconds = (sections, isOdd, canonical) =>
  read.both(
    ...sections.map(
      (section) => (exchange) =>
        read.rewritten(exchange, section, ({ member, name, argument }) =>
          SPANS.includes(name) && isOdd(argument, name) ? `${name}=${canonical(argument, name)}` : member,
        ),
    ),
  );

/** The strictest meaning of what is no number of seconds. */
const strictest = (_, name) => (name === 'min-fresh' ? LONGEST : 0);
const isDigits = (argument) => /^\d+$/.test(argument ?? '');

/** Dates in the form that is sent; what is in no form is as good as absent, and for `Expires` in the past. */
const dates = read.both(
  ...['date', 'expires', 'last-modified'].map((name) => (exchange) => {
    const value = exchange.response[name];
    const at = read.dateOf(value);
    const invalid = name === 'expires' ? '0' : undefined;
    return value ? read.withField(exchange, 'response', name, at === undefined ? invalid : read.imf(at)) : undefined;
  }),
);

export const values = [
  {
    id: 'seconds-missing',
    what: '`max-age` or `s-maxage` without an argument',
    ours: '0: stale',
    theirs: 'npm (`max-age=`) and crate (`max-age`) go on to `Expires` or a guess',
    clause: 'RFC 9111, 4.2.1: invalid freshness information is stale',
    right: 'ours',
    asks: ALL,
    side: 'either',
    repair: seconds(['response'], (argument, name) => !argument && name !== 'stale-while-revalidate', strictest),
  },
  {
    id: 'seconds-not-digits',
    what: 'a lifetime that is not all digits: `60s`, `+60`, `1.5`',
    ours: '0: stale',
    theirs: 'npm reads what digits there are, the crate allows the plus sign',
    clause: 'RFC 9111, 1.2.2 and 4.2.1',
    right: 'ours',
    asks: ALL,
    side: 'less',
    repair: seconds(['response'], (argument) => argument && !isDigits(argument), strictest),
  },
  {
    id: 'seconds-of-requests',
    what: 'a span in a request that is not all digits',
    ours: 'the strictest: `max-age=0`, `max-stale=0`, `min-fresh` for ever',
    theirs: 'npm reads what digits there are, the crate takes the directive for absent, or for no limit',
    clause: 'RFC 9111, 1.2.2 and 5.2.1',
    right: 'ours',
    asks: ['reuse'],
    side: 'either',
    repair: seconds(['presented'], (given, name) => given !== undefined && !isDigits(given) && name, strictest),
  },
  {
    id: 'seconds-overflow',
    what: 'more than 2^31 seconds',
    ours: '2^31',
    theirs: 'npm: as it is; crate: 0 beyond 64 bits',
    clause: 'RFC 9111, 1.2.2: an overflow counts as 2^31',
    right: 'ours; theirs make no practical difference up to 64 bits',
    asks: ['ttl', 'reuse'],
    side: 'either',
    repair: seconds(
      ['response', 'presented'],
      (given) => isDigits(given) && Number(given) > LONGEST,
      () => LONGEST,
    ),
  },
  {
    id: 'date-forms',
    what: 'a date in an old form (RFC 850, asctime), or in none: `+0000`, ISO 8601',
    ours: 'the three forms, to the letter',
    theirs: 'npm takes whatever `Date.parse` takes; the crate takes e-mail dates, and not the old forms',
    clause: 'RFC 9110, 5.6.7; RFC 9111, 5.3: what is no date is in the past',
    right: 'ours',
    asks: ['ttl', 'reuse'],
    side: 'either',
    repair: dates,
  },
  {
    id: 'expires-empty',
    what: '`Expires` without a value',
    ours: 'in the past',
    theirs: 'absent',
    clause: 'RFC 9111, 5.3: an invalid date is in the past',
    right: 'ours',
    by: 'npm',
    asks: ALL,
    side: 'either',
    repair: (exchange) =>
      exchange.response.expires === '' ? read.withField(exchange, 'response', 'expires', '0') : undefined,
  },
];
