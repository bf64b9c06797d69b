// Faults put into our side, to see that they are noticed: each keeps something from it, or shows it something else.

import { dropped, members, withField } from './reading.mjs';

const without = (section, name) => (exchange) => withField(exchange, section, name, undefined);
const later = (seconds) => (exchange) => ({ ...exchange, elapsed: exchange.elapsed + seconds });

/** What is wrong, and how our side comes to see it so. */
export const MUTANTS = {
  'stores in spite of no-store': dropped('response', 'no-store'),
  'stores in spite of a no-store that was asked for': dropped('request', 'no-store'),
  'stores what is private': dropped('response', 'private'),
  'stores what came for one user': without('request', 'authorization'),
  'stores any status': (exchange) => ({ ...exchange, status: 200 }),
  'ignores no-cache': dropped('response', 'no-cache'),
  'ignores must-revalidate': dropped('response', 'must-revalidate'),
  'ignores s-maxage': dropped('response', 's-maxage'),
  'ignores max-age': dropped('response', 'max-age'),
  'ignores Expires': without('response', 'expires'),
  'ignores Age': without('response', 'age'),
  'ignores Vary': without('response', 'vary'),
  'ignores a no-cache that is asked for': dropped('presented', 'no-cache'),
  'ignores a max-age that is asked for': dropped('presented', 'max-age'),
  'ignores a min-fresh that is asked for': dropped('presented', 'min-fresh'),
  'ignores max-stale': dropped('presented', 'max-stale'),
  'ignores Pragma': without('presented', 'pragma'),
  'ignores the stale window': dropped('response', 'stale-while-revalidate'),
  'forgets the entity tag': without('response', 'etag'),
  'forgets the last modification': without('response', 'last-modified'),
  "forgets the client's conditions": without('presented', 'if-none-match'),
  'counts a second too many': later(1),
  'counts a second too few': later(-1),
  'takes one user for many': (exchange) => ({ ...exchange, shared: true }),
  'takes many users for one': (exchange) => ({ ...exchange, shared: false }),
  'reads only the first directive': (exchange) =>
    withField(exchange, 'response', 'cache-control', members(exchange.response['cache-control'])[0]),
};
