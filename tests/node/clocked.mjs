// A cache with a clock, in front of what answers each request in its turn.

import { cachingFetch } from '../../pkg/node.js';

export const URL_ = 'https://example.com/';

export const sharedCache = (...answers) => clockedCache(true, answers);
export const privateCache = (...answers) => clockedCache(false, answers);

/** @param answers give each a `status`, a `body` and fields; what was asked is remembered. */
function clockedCache(shared, answers) {
  const clock = { now: Date.parse('2026-01-01') };
  const asked = [];
  const fetch = cachingFetch({
    shared,
    now: () => clock.now,
    fetch: async (request) => {
      asked.push(request);
      const { status = 200, body = null, ...headers } = await answers[asked.length - 1]();
      return new Response(body, { status, headers });
    },
  });
  const get = async (headers = {}) => {
    const response = await fetch(URL_, { headers });
    const text = await response.text();
    await fetch.idle();
    return { headers: response.headers, status: response.status, text };
  };
  return { asked, clock, fetch, get };
}
