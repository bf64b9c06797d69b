// Differences in the conditions that a validation is sent with.

import * as read from '../reading.mjs';

const CONDITIONS = { asks: ['conditions'], side: 'either' };
const without = (name) => (one) => read.withField(one, 'presented', name, undefined);

export const conditions = [
  {
    id: 'client-since',
    what: '`If-Modified-Since` of the client, where the stored response has a `Last-Modified`',
    ours: 'the stored one is sent',
    theirs: "the client's",
    clause: 'RFC 9111, 4.3.1: the value of the stored Last-Modified',
    right: 'ours: the 304 would speak of something else',
    ...CONDITIONS,
    repair: (one) => (one.response['last-modified'] ? without('if-modified-since')(one) : undefined),
  },
  {
    id: 'client-star',
    what: '`If-None-Match: *` of the client',
    ours: 'the stored entity tag in its place',
    theirs: 'both, in one list',
    clause: 'RFC 9110, 13.1.2: a star or a list',
    right: 'ours',
    ...CONDITIONS,
    repair: (one) => (one.presented['if-none-match'] === '*' ? without('if-none-match')(one) : undefined),
  },
  {
    id: 'if-match-validation',
    what: '`If-Match` of the client',
    ours: 'sent as it came',
    theirs: 'conditions are added, weak entity tags and dates dropped',
    clause: 'RFC 9111, 4.3.2: forwarded to the origin server',
    right: 'ours',
    ...CONDITIONS,
    repair: without('if-match'),
  },
  {
    id: 'vary-mismatch-validation',
    what: 'a request that the stored response does not match',
    ours: 'its entity tag is sent all the same',
    theirs: "npm: no conditions, not even the client's; crate: the client's",
    clause: 'RFC 9111, 4.1 and 4.3.1: all that are stored for the URI',
    right: 'ours',
    ...CONDITIONS,
    repair: read.both(
      ...['accept', 'accept-language'].map((name) => (one) => {
        const isNominated = read.members(one.response.vary).some((member) => member.toLowerCase() === name);
        return isNominated ? read.withField(one, 'presented', name, one.request[name]) : undefined;
      }),
    ),
  },
  {
    id: 'head-validation',
    what: '`HEAD`',
    ours: 'sent as it came',
    theirs: 'with the stored conditions',
    clause: 'RFC 9111, 4.3.5: the answer is compared with what is stored',
    right: 'both',
    ...CONDITIONS,
    repair: (one) => (one.presentedMethod === 'HEAD' ? { ...one, presentedMethod: 'GET' } : undefined),
  },
];
