// Exchanges to ask about: made up from a seed, the same ones each time.
//
// An exchange is a request and the response that it brought, which is stored, and a request presented `elapsed`
// seconds later. Most of what is drawn is what servers send; the rest is what a parser can trip over.

import { ASKS, imf, LANGUAGES, ODD_DATES, ODD_SECONDS, SAYS, SPELLINGS, STATUSES, TIMES, URL } from './words.mjs';

export { URL };

/** When the response comes, in milliseconds. Nobody here can see a response delay: the request is of the same moment. */
export const CAME = Date.UTC(2026, 10, 23);

/** `count` exchanges. */
export function exchanges(count, seed = 9111) {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => exchange(random));
}

function exchange({ one, chance, often }) {
  const seconds = () => one([0, 1, 5, 5, 10, 10, 30, 60, 60, 600, 3600, 86400, 864000]);
  const near = () => seconds() + one([0, 0, 0, 1, -1]);
  const moment = (at) => one(chance(0.1) ? ODD_DATES : [imf])(CAME + at * 1000);
  const odd = (usual) => (chance(0.1) ? one(ODD_SECONDS) : usual);
  const list = (members) => {
    const spelt = members.map((member) => (chance(0.06) ? one(SPELLINGS)(member) : member));
    return spelt.length > 0 ? spelt.join(one([', ', ', ', ','])) : undefined;
  };
  const asked = () => one([...ASKS, () => `max-age=${odd(near())}`, () => `max-stale=${odd(near())}`])(odd(seconds()));
  const says = () => one([...SAYS, ...TIMES, ...TIMES])(odd(seconds()));
  const several = (draw, counts) => list(Array.from({ length: one(counts) }, draw));

  const shared = chance(0.5);
  const method = chance(0.94) ? 'GET' : one(['HEAD', 'POST', 'POST', 'PUT']);
  const negotiated = {
    accept: often(0.5, () => one(['a/b', 'c/d'])),
    'accept-language': one([...LANGUAGES, undefined]),
  };
  const response = {
    age: often(0.2, () => odd(seconds())),
    'cache-control': several(says, [0, 1, 1, 2, 2, 3]),
    'content-location': often(method === 'POST' ? 0.7 : 0.05, () => one([URL, URL, '/b'])),
    date: often(0.85, () => moment(one([0, 0, 0, -seconds(), seconds()]))),
    etag: often(0.5, () => one(['"a"', '"b"', 'W/"a"'])),
    expires: often(0.25, () => one([() => moment(near()), () => moment(-seconds()), () => '0', () => ''])()),
    'last-modified': often(0.4, () => moment(-one([0, 10, 100, 600, 86400, 864000, 31536000]))),
    pragma: often(0.04, () => 'no-cache'),
    'set-cookie': often(0.06, () => 'a=b'),
    vary: often(0.25, () => one(['Accept', 'accept, Accept-Language', 'accept-language', '*', 'accept, *'])),
  };
  const request = {
    ...negotiated,
    authorization: often(0.2, () => 'Basic x'),
    'cache-control': often(0.06, () => list([one(['no-store', 'no-cache', 'x'])])),
  };
  const presented = {
    ...(chance(0.8) ? negotiated : { ...negotiated, accept: 'c/d', 'accept-language': one(LANGUAGES) }),
    'cache-control': often(0.4, () => several(asked, [1, 1, 2, 2])),
    'if-match': often(0.02, () => '"a"'),
    'if-modified-since': often(0.08, () => imf(CAME - seconds() * 1000)),
    'if-none-match': often(0.08, () => one(['"a"', '"c"', 'W/"a"', '*', '"c", "d"'])),
    pragma: often(0.05, () => one(['no-cache', 'No-Cache', 'x'])),
  };
  return {
    shared,
    method,
    request: said(request),
    status: chance(0.7) ? 200 : one(STATUSES),
    response: said(response),
    elapsed: chance(0.97) ? Math.max(near() + one([0, 0, 1, 5, 10]), 0) : -seconds(),
    presentedMethod: chance(0.96) ? 'GET' : 'HEAD',
    presented: said(presented),
  };
}

/** Fields that are there, as text. */
const said = (fields) =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])),
  );

/** Mulberry32: 32 bits of state, and good enough to draw words with. */
function randomOf(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const one = (list) => list[Math.floor(next() * list.length)];
  const chance = (share) => next() < share;
  return { one, chance, often: (share, make) => (chance(share) ? make() : undefined) };
}
