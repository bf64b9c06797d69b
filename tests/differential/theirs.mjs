// What http-cache-semantics says of an exchange (npm): the same questions, in its own words.

import CachePolicy from 'http-cache-semantics';
import { CAME, URL } from './generate.mjs';
import { conditionsOf } from './ours.mjs';

// It reads dates without a zone as local ones.
process.env.TZ = 'UTC';

/** A policy whose clock can be set. */
class Policy extends CachePolicy {
  static time = CAME;
  now() {
    return Policy.time;
  }
}

/** Its answer. */
export function theirs({ shared, method, request, status, response, elapsed, presentedMethod, presented }) {
  Policy.time = CAME;
  const policy = new Policy({ method, url: URL, headers: request }, { status, headers: response }, { shared });
  if (!policy.storable()) return { storable: false };
  Policy.time = CAME + elapsed * 1000;
  const asked = { method: presentedMethod, url: URL, headers: presented };
  return {
    storable: true,
    ttl: Math.max(0, Math.floor(policy.maxAge() - policy.age())),
    conditions: conditionsOf(policy.revalidationHeaders(asked)),
    reuse: became(policy.evaluateRequest(asked)),
  };
}

function became({ response, revalidation }) {
  if (!response) return 'validate';
  return revalidation ? 'reuse and validate' : 'reuse';
}
