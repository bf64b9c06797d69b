// Differences in which requests a stored response answers.

import * as read from '../reading.mjs';

const REUSE = ['reuse'];

export const matching = [
  {
    id: 'vary-spelling',
    what: 'a nominated field with other white space, or languages in another order',
    ours: 'matches',
    theirs: 'does not',
    clause: 'RFC 9111, 4.1: may be normalised where that does not change the meaning',
    right: 'both',
    asks: ['conditions', 'reuse'],
    side: 'more',
    repair: (one) => {
      const sorted = (text) => read.members(text).sort().join();
      const [had, has] = [one.request['accept-language'], one.presented['accept-language']];
      return had && has && sorted(had) === sorted(has)
        ? read.withField(one, 'presented', 'accept-language', had)
        : undefined;
    },
  },
  {
    id: 'head-from-get',
    what: '`HEAD` for what a `GET` brought',
    ours: 'answered from the store',
    theirs: 'sent on',
    clause: 'RFC 9110, 9.3.2; RFC 9111, 4: the method allows it',
    right: 'ours; theirs is safe',
    asks: REUSE,
    side: 'more',
    repair: (one) => (one.presentedMethod === 'HEAD' ? { ...one, presentedMethod: 'GET' } : undefined),
  },
  {
    id: 'get-from-post',
    what: '`GET` for what a `POST` brought with a `Content-Location`',
    ours: 'answered from the store, and validated from it',
    theirs: 'sent on',
    clause: 'RFC 9110, 9.3.3: it can be reused to satisfy a later GET',
    right: 'ours; theirs is safe',
    asks: ['conditions', 'reuse'],
    side: 'more',
    repair: (one) => (one.method === 'POST' ? { ...one, method: 'GET' } : undefined),
  },
  {
    id: 'if-match',
    what: '`If-Match` in a request',
    ours: 'sent on',
    theirs: 'answered from the store',
    clause: 'RFC 9111, 4.3.2: MUST NOT be evaluated by a cache',
    right: 'ours',
    asks: REUSE,
    side: 'less',
    repair: (one) => read.withField(one, 'presented', 'if-match', undefined),
  },
];
