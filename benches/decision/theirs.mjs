// The other side in Node: http-cache-semantics from npm, as its documentation says to use it.

import CachePolicy from 'http-cache-semantics';
import { CAME, URL } from './cases.mjs';

/** A policy whose clock is set, as ours is told the time. */
class Policy extends CachePolicy {
  static time = CAME;
  now() {
    return Policy.time;
  }
}

/**
 * The three ways to have a stored policy at hand: kept alive, or revived from its object (a store in memory) or from
 * JSON (a store of text, as ours is).
 */
export const KEPT = {
  alive: (policy) => () => policy,
  object: (policy) => {
    const object = policy.toObject();
    return () => Policy.fromObject(object);
  },
  json: (policy) => {
    const text = JSON.stringify(policy.toObject());
    return () => Policy.fromObject(JSON.parse(text));
  },
};

/** What each of them has to do so that a response is kept. */
const KEEPS = {
  alive: (policy) => policy,
  object: (policy) => policy.toObject(),
  json: (policy) => JSON.stringify(policy.toObject()),
};

/** What is measured of a case, as in `ours.mjs`: `bare` between plain objects, `whole` between objects of Fetch. */
export function theirs({ shared, request, response, elapsed, presented }, kept) {
  const [asked, got, again] = [plain(request), { status: 200, headers: response }, plain(presented)];
  const [askedFields, gotFields, againFields] = [request, response, presented].map((fields) => new Headers(fields));
  Policy.time = CAME;
  const policy = new Policy(asked, got, { shared });
  const revived = KEPT[kept](policy);
  const now = CAME + elapsed * 1000;
  const decide = (request) => {
    Policy.time = now;
    return revived().evaluateRequest(request);
  };
  const store = (request, response) => {
    Policy.time = CAME;
    const policy = new Policy(request, response, { shared });
    return policy.storable() && KEEPS[kept](policy);
  };
  return {
    decide: {
      bare: () => decide(again),
      whole: () => {
        const { response, revalidation } = decide(plain(Object.fromEntries(againFields)));
        return [response && new Headers(response.headers), revalidation && new Headers(revalidation.headers)];
      },
    },
    store: {
      bare: () => store(asked, got),
      whole: () =>
        store(plain(Object.fromEntries(askedFields)), { status: 200, headers: Object.fromEntries(gotFields) }),
    },
    plan: became(decide(again)),
  };
}

const plain = (headers) => ({ method: 'GET', url: URL, headers });

function became({ response, revalidation }) {
  if (!response) return 'validate';
  return revalidation ? 'reuse and validate' : 'reuse';
}
