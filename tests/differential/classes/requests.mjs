// Differences in what a request can ask for.

import * as read from '../reading.mjs';

const REUSE = ['reuse'];

export const requests = [
  {
    id: 'asks-max-age-0',
    what: '`max-age=0` in a request, in the second the response was made',
    ours: 'validated, as reloads mean it',
    theirs: 'reused',
    clause: 'RFC 9111, 5.2.1.1: an age that is less than or equal',
    right: 'both: a cache may always validate',
    asks: REUSE,
    side: 'less',
    repair: read.changed('max-age', (seconds) => (seconds === 0 ? 'no-cache' : undefined)),
  },
  {
    id: 'asks-min-fresh-0',
    what: '`min-fresh=0, max-stale` in a request, for what is stale',
    ours: 'validated: it is not fresh any more',
    theirs: 'reused',
    clause: 'RFC 9111, 5.2.1.3',
    right: 'both: the request contradicts itself',
    by: 'crate',
    asks: REUSE,
    side: 'less',
    repair: read.changed('min-fresh', (seconds) => (seconds === 0 ? 'min-fresh=1' : undefined)),
  },
  {
    id: 'asks-no-store',
    what: '`no-store` in a request',
    ours: 'the store is left out of it',
    theirs: 'answered from the store',
    clause: 'RFC 9111, 5.2.1.5: about storing alone',
    right: 'both: a cache may always ask the origin server',
    asks: REUSE,
    side: 'less',
    repair: read.dropped('presented', 'no-store'),
  },
  {
    id: 'only-if-cached',
    what: '`only-if-cached` in a request',
    ours: '504 in the place of a validation',
    theirs: 'not known',
    clause: 'RFC 9111, 5.2.1.7',
    right: 'ours',
    asks: REUSE,
    side: 'either',
    repair: read.dropped('presented', 'only-if-cached'),
  },
  {
    id: 'pragma-beside-cache-control',
    what: '`Pragma: no-cache` in a request with `Cache-Control`',
    ours: 'means nothing',
    theirs: '`no-cache`',
    clause: 'RFC 9111, 5.4: only when Cache-Control is not present',
    right: 'ours; theirs is safe',
    asks: REUSE,
    side: 'more',
    repair: (one) =>
      one.presented['cache-control'] === undefined ? undefined : read.withField(one, 'presented', 'pragma', undefined),
  },
  {
    id: 'pragma-case',
    what: '`Pragma: No-Cache` in a request',
    ours: '`no-cache`',
    theirs: 'not known',
    clause: 'RFC 9111, 5.4; directives are compared without case',
    right: 'ours',
    asks: REUSE,
    side: 'less',
    repair: (one) =>
      one.presented.pragma && read.withField(one, 'presented', 'pragma', one.presented.pragma.toLowerCase()),
  },
];
