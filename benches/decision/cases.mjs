// The decisions that are measured: heads as sites and browsers send them.
//
// Each is an exchange whose response is stored, and a request presented `elapsed` seconds later; `plan` is what both
// libraries have to come to, or they are not compared.

const BROWSER = {
  accept: '*/*',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9',
  referer: 'https://example.com/',
  'sec-fetch-dest': 'script',
  'sec-fetch-mode': 'no-cors',
  'sec-fetch-site': 'same-origin',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
};

const SERVER = {
  'accept-ranges': 'bytes',
  'alt-svc': 'h3=":443"; ma=86400',
  date: 'Mon, 23 Nov 2026 00:00:00 GMT',
  server: 'nginx',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

export const CASES = {
  /** A fingerprinted script, fresh for a year: 12 fields. */
  asset: {
    shared: false,
    request: BROWSER,
    response: {
      ...SERVER,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-length': '48213',
      'content-type': 'text/javascript; charset=utf-8',
      etag: '"6745a1c0-bc55"',
      'last-modified': 'Fri, 20 Nov 2026 09:12:00 GMT',
    },
    elapsed: 86_400,
    presented: BROWSER,
    plan: 'reuse',
  },
  /** A page that is always validated. */
  page: {
    shared: false,
    request: BROWSER,
    response: {
      ...SERVER,
      'cache-control': 'no-cache',
      'content-type': 'text/html; charset=utf-8',
      etag: 'W/"1a2b3c"',
      vary: 'accept-encoding',
    },
    elapsed: 60,
    presented: { ...BROWSER, accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' },
    plan: 'validate',
  },
  /** Data just past its lifetime, within the window in which it may be shown while it is validated. */
  data: {
    shared: false,
    request: { ...BROWSER, authorization: 'Bearer 0123456789abcdef' },
    response: {
      ...SERVER,
      'cache-control': 'private, max-age=60, stale-while-revalidate=30',
      'content-type': 'application/json',
      etag: '"v7"',
      vary: 'Accept-Language, Authorization',
    },
    elapsed: 70,
    presented: { ...BROWSER, authorization: 'Bearer 0123456789abcdef' },
    plan: 'reuse and validate',
  },
  /** A shared cache, and a response to a user that says it is for all. */
  shared: {
    shared: true,
    request: { ...BROWSER, authorization: 'Bearer 0123456789abcdef' },
    response: {
      ...SERVER,
      'cache-control': 'max-age=0, s-maxage=600',
      'content-type': 'application/json',
      etag: '"v7"',
    },
    elapsed: 60,
    presented: { ...BROWSER, authorization: 'Bearer fedcba9876543210' },
    plan: 'reuse',
  },
};

/** When the response comes. */
export const CAME = Date.UTC(2026, 10, 23);
export const URL = 'https://example.com/assets/app.js';
