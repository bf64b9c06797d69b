// Differences in what is reused while it is stale.

import * as read from '../reading.mjs';

const REUSE = ['reuse'];
const isWhole = ({ name, argument, isQuoted }) => name === 'no-cache' && !(isQuoted && argument !== '');
const saysNoCache = (exchange) => read.directives(exchange, 'response').some(isWhole);

/** Whether a shared cache must not serve it stale, by something else than `must-revalidate`. */
const forbidsShared = (exchange) => exchange.shared && read.has(exchange, 'response', 's-maxage', 'proxy-revalidate');

/** Whether a shared cache only guesses that it may keep it at all: it may have been made for one user. */
const isGuessed = (exchange) =>
  exchange.shared &&
  exchange.response.expires === undefined &&
  !read.has(exchange, 'response', 'max-age', 's-maxage', 'public', 'stale-while-revalidate', 'stale-if-error');

/** A repair that takes directives out of a section, where a condition holds. */
const droppedIf =
  (holds, section, ...names) =>
  (exchange) =>
    holds(exchange) ? read.dropped(section, ...names)(exchange) : undefined;

export const stale = [
  {
    id: 'must-revalidate-fresh',
    what: '`must-revalidate`',
    ours: 'reused while fresh',
    theirs: 'always validated',
    clause: 'RFC 9111, 5.2.2.2: once it has become stale',
    right: 'ours; theirs is safe',
    by: 'npm',
    asks: REUSE,
    side: 'more',
    // Without it a response to a request with `Authorization` would not be stored.
    repair: (exchange) => {
      const repaired = read.dropped('response', 'must-revalidate')(exchange);
      return repaired && (read.withField(repaired, 'request', 'authorization', undefined) ?? repaired);
    },
  },
  {
    id: 'max-stale-despite-no-cache',
    what: '`no-cache`, and `max-stale` in the request',
    ours: 'validated',
    theirs: 'reused',
    clause: 'RFC 9111, 5.2.2.4: MUST NOT be used without validation',
    right: 'ours',
    asks: REUSE,
    side: 'less',
    repair: droppedIf(saysNoCache, 'presented', 'max-stale'),
  },
  {
    id: 'max-stale-despite-s-maxage',
    what: '`s-maxage` or `proxy-revalidate` in a shared cache, and `max-stale` in the request',
    ours: 'validated once it is stale',
    theirs: 'reused',
    clause: 'RFC 9111, 5.2.2.8 and 5.2.2.10: MUST NOT be reused once stale',
    right: 'ours',
    asks: REUSE,
    side: 'less',
    repair: droppedIf(forbidsShared, 'presented', 'max-stale'),
  },
  {
    id: 'max-stale-of-a-guess',
    what: 'a response that says nothing of being kept in a shared cache, and `max-stale` in the request',
    ours: 'validated once it is stale',
    theirs: 'reused',
    clause: 'RFC 9111, 4.2.4 and 7: by it anybody would have the page of the last user',
    right: 'both, to the letter; ours is safe',
    asks: REUSE,
    side: 'less',
    repair: droppedIf(isGuessed, 'presented', 'max-stale'),
  },
  {
    id: 'max-stale-to-the-second',
    what: '`max-stale` that is just the staleness',
    ours: 'reused',
    theirs: 'validated',
    clause: 'RFC 9111, 5.2.1.2: by no more than the specified number of seconds',
    right: 'ours',
    asks: REUSE,
    side: 'more',
    repair: read.changed('max-stale', (seconds) => `max-stale=${seconds + 1}`),
  },
  {
    id: 'stale-window-before-max-stale',
    what: '`stale-while-revalidate`, and `max-stale` in the request',
    ours: 'reused, and validated behind',
    theirs: 'reused',
    clause: 'RFC 5861, 3: SHOULD attempt to validate it',
    right: 'ours',
    asks: REUSE,
    side: 'less',
    repair: droppedIf((one) => read.has(one, 'presented', 'max-stale'), 'response', 'stale-while-revalidate'),
  },
  {
    id: 'stale-window-despite-no-cache',
    what: '`no-cache, stale-while-revalidate=60`',
    ours: 'validated',
    theirs: 'reused within the window',
    clause: 'RFC 9111, 5.2.2.4: MUST NOT be used without validation',
    right: 'ours',
    by: 'npm',
    asks: REUSE,
    side: 'less',
    repair: droppedIf(saysNoCache, 'response', 'stale-while-revalidate'),
  },
  {
    id: 'stale-window-despite-s-maxage',
    what: '`s-maxage=60, stale-while-revalidate=60` in a shared cache',
    ours: 'validated once it is stale',
    theirs: 'reused within the window',
    clause: 'RFC 9111, 5.2.2.8 and 5.2.2.10: MUST NOT be reused once stale',
    right: 'ours, to the letter; many shared caches do as they do',
    by: 'npm',
    asks: REUSE,
    side: 'less',
    repair: droppedIf(forbidsShared, 'response', 'stale-while-revalidate'),
  },
  {
    id: 'no-stale-window',
    what: '`stale-while-revalidate`',
    ours: 'reused, and validated behind',
    theirs: 'not known',
    clause: 'RFC 5861, 3',
    right: 'both: an extension',
    by: 'crate',
    asks: REUSE,
    side: 'more',
    repair: read.dropped('response', 'stale-while-revalidate'),
  },
];
