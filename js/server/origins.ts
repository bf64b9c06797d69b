// Several origin servers with the same site, behind one cache: who fails is passed over, and what a build wrote is taken only as
// it wrote it, whichever server it comes from.

import { discard } from '../host/body.js';
import { decoded, digestsIn, type Expected, type Manifest, verified } from './digests.js';
import { checkOptions, type Kinds } from '../host/checks.js';
import { cacheError } from '../host/error.js';
import { fromOrigin, isStatus, toOrigin } from './gateway.js';
import { heeding } from './limits.js';
import { Silence, spoken } from './silence.js';

/** Where requests go. Every field but `origins` has a default. */
export interface OriginsOptions {
  /** The origin servers, the one that is preferred first: URLs that the path of a request is put behind. */
  origins: string[];
  /**
   * The `keepfresh.json` of releases. What they say of fingerprinted files is enforced: bytes whose SHA-256 is another are not
   * taken from anybody. Default: none.
   */
  manifests?: Manifest[];
  /** The path that the releases were built for (`--base`). Default: `/`. */
  base?: string;
  /** For how long a server may say nothing, in milliseconds. Default: 5,000. */
  timeoutMs?: number;
  /** For how long a server that has failed is asked only where no other is left, in milliseconds. Default: 10,000. */
  restMs?: number;
  /** The time in milliseconds. Default: `Date.now`. */
  now?: () => number;
  /** What asks them. Default: the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
  /** Told of what was passed over. Default: `console.warn`. */
  onWarning?: (message: string, error: unknown) => void;
}

const SERVERS: Kinds = { origins: '!list', manifests: 'list', base: 'text', fetch: 'function' };
const OPTIONS: Kinds = { ...SERVERS, timeoutMs: 'positive', restMs: 'amount', now: 'function', onWarning: 'function' };

/** Methods that change nothing (RFC 9110, section 9.2.1): whoever was asked, another may be asked the same. */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** What is an error of the server, as in `stale-if-error` (RFC 5861, section 4). */
const FAILED = [500, 502, 503, 504];

interface Origin {
  url: URL;
  /** Until when it is asked last. */
  restsUntil: number;
}

/**
 * Sends requests to the first of several origin servers that answers.
 *
 * One that cannot be reached, says nothing in time (in the middle of an answer, too: that ends with an error, unless it is a stream of
 * events), answers 500, 502, 503, 504 or what is no status, or has not what the build wrote is passed over,
 * for methods that are safe; what changes something is sent once. If none is left, the answer is the last error, and without
 * one the promise rejects.
 *
 * @throws CacheError with code `options`, naming the option that cannot be.
 *
 * @example
 * import { edgeCache, fromOrigins } from 'keepfresh/edge';
 * import manifest from './dist/keepfresh.json';
 *
 * const ask = fromOrigins({ origins: ['https://a.example', 'https://b.example'], manifests: [manifest] });
 * export default { fetch: edgeCache().handler(ask) };
 */
export function fromOrigins(given: OriginsOptions): (request: Request) => Promise<Response> {
  checkOptions('fromOrigins', given, OPTIONS);
  const { origins, manifests = [], base = '/', timeoutMs = 5000, restMs = 10_000, now = Date.now, ...options } = given;
  const all = origins.map((url): Origin => ({ url: serverAt(url), restsUntil: 0 }));
  if (all.length === 0) throw cacheError('options', 'origins: name one at least');
  const digests = digestsIn(manifests, base);
  const send = async (request: Request) => (options.fetch ?? fetch)(request);
  const warn = options.onWarning ?? ((what, error) => console.warn(`keepfresh: ${what}:`, error));

  return async (request) => {
    const isSafe = SAFE.includes(request.method);
    const expected = request.method === 'GET' ? digests.get(decoded(new URL(request.url).pathname)) : undefined;
    // `sort` keeps those together that are alike.
    const rests = ({ restsUntil }: Origin) => Number(restsUntil > now());
    const order = [...all].sort((a, b) => rests(a) - rests(b));
    let failure: unknown;
    let failed: Response | undefined;
    for (const origin of isSafe ? order : order.slice(0, 1)) {
      const silence = new Silence(request.body ? Math.max(timeoutMs, UPLOAD) : timeoutMs);
      const signal = AbortSignal.any([request.signal, silence.signal]);
      const blame = (error: unknown) => {
        if (!(error instanceof Altered)) origin.restsUntil = now() + restMs;
        warn(`${origin.url.host} has not given ${new URL(request.url).pathname}`, error);
      };
      try {
        const isWhole = expected !== undefined;
        const sent = send(toOrigin(origin.url, request, { signal, isWhole }));
        const response = await heeding(signal, sent, () => sent.then(discard, () => {}));
        if (FAILED.includes(response.status) || !isStatus(response.status)) {
          discard(failed);
          failed = spoken(await heeding(signal, fromOrigin(response, origin.url), () => {}), silence, signal, blame);
          throw new Error(`it answers ${response.status}`);
        }
        const own = await heeding(signal, fromOrigin(response, origin.url), () => {});
        origin.restsUntil = 0;
        discard(failed);
        if (!expected || own.status === 304) return spoken(own, silence, signal, blame);
        return await asWritten(own, expected, signal, () => silence.break());
      } catch (error) {
        request.signal.throwIfAborted();
        blame(error);
        failure = error;
      } finally {
        silence.end();
      }
    }
    if (failed) return failed;
    throw failure;
  };
}

/** How long a server may say nothing of what has a body, in milliseconds: it is on its way for a part of that. */
const UPLOAD = 120_000;

/** It is another file than the build wrote. The server may have all others. */
class Altered extends Error {}

/** A response with what the build wrote. */
async function asWritten(
  response: Response,
  expected: Expected,
  signal: AbortSignal,
  progress: () => void,
): Promise<Response> {
  const bytes = response.status === 200 ? await verified(response, expected, signal, progress) : undefined;
  if (!bytes) {
    discard(response);
    throw new Altered(response.status === 200 ? 'it is not what the build wrote' : `it answers ${response.status}`);
  }
  return new Response(bytes as BodyInit, { headers: response.headers });
}

function serverAt(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
    throw cacheError('options', `origins: ${JSON.stringify(text)} is not the URL of a server, as https://a.example is`);
  return url;
}
