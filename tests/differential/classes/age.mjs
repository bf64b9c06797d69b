// Differences in how old a response is.

import { CAME } from '../generate.mjs';
import * as read from '../reading.mjs';

const BOTH = ['ttl', 'reuse'];
const isDigits = (text) => /^\d+$/.test(text);

/** A repair of an `Age` that is odd: what it means, written as it should be. */
const rewritten = (isOdd) => (exchange) =>
  exchange.response.age !== undefined && isOdd(exchange.response.age)
    ? read.withField(exchange, 'response', 'age', `${read.ageOf(exchange)}`)
    : undefined;

export const age = [
  {
    id: 'age-list',
    what: '`Age: 5, 600`',
    ours: 'the first member',
    theirs: 'absent',
    clause: 'RFC 9111, 5.1: use the first, discard the others',
    right: 'ours',
    by: 'crate',
    asks: BOTH,
    side: 'less',
    repair: rewritten((text) => text.includes(',')),
  },
  {
    id: 'age-not-digits',
    what: '`Age: -5`, `60s`, `1.5`, `+60`',
    ours: 'absent',
    theirs: 'what digits there are; a negative age, even',
    clause: 'RFC 9111, 5.1: an invalid field is ignored; 1.2.2',
    right: 'ours',
    asks: BOTH,
    side: 'either',
    repair: rewritten((text) => !text.includes(',') && !isDigits(text)),
  },
  {
    id: 'age-overflow',
    what: '`Age` above 2^31',
    ours: '2^31: stale',
    theirs: 'a panic near 2^64, absent beyond',
    clause: 'RFC 9111, 1.2.2: an overflow counts as 2^31',
    right: 'ours',
    by: 'crate',
    asks: ['storable', 'ttl', 'reuse'],
    side: 'either',
    repair: rewritten((text) => isDigits(text) && Number(text) > 2 ** 31),
  },
  {
    id: 'apparent-age',
    what: 'a `Date` before the response came, and no `Age` that says so',
    ours: 'the response is that old',
    theirs: 'it is new',
    clause: 'RFC 9111, 4.2.3: apparent_age',
    right: 'ours',
    asks: BOTH,
    side: 'less',
    repair: (exchange) => {
      const apparent = (CAME - read.dated(exchange)) / 1000;
      return apparent > read.ageOf(exchange) ? read.withField(exchange, 'response', 'age', `${apparent}`) : undefined;
    },
  },
  {
    id: 'clock-went-back',
    what: 'a clock that says less than when the response came',
    ours: 'no time has passed',
    theirs: 'the response has become younger',
    clause: 'RFC 9111, 4.2.3: clocks are assumed to be monotonic',
    right: 'ours',
    by: 'npm',
    asks: BOTH,
    side: 'less',
    repair: (exchange) => (exchange.elapsed < 0 ? { ...exchange, elapsed: 0 } : undefined),
  },
];
