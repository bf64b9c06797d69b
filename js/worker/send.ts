// Asking the origin server, from a service worker.

import type { Past, Report } from '../host/host.js';

/**
 * What WebKit adds to a navigation: the validators of the copy in its own cache, for which a bare 304 would be nothing to
 * show. Without them that cache validates its copy by itself, and gives it whole.
 */
export const VALIDATORS = ['if-none-match', 'if-modified-since'];

/** Sends a request on, with fields in the place of its own. */
export function send(request: Request, fields: Headers, past: Past): Promise<Response> {
  const { mode } = request;
  // A medium's `Range` is lost by any request that is made out of it (Fetch, the guard `request-no-cors`).
  if (mode === 'no-cors' && request.headers.has('range')) return fetch(request);
  const names = mode === 'navigate' ? VALIDATORS.filter((name) => request.headers.has(name)) : [];
  if (!past && names.length === 0) return fetch(request);
  return sendAnew(request, rebuilt(request, fields, past, names));
}

/** Where a redirect leads to another origin, that would be asked for its consent to fields of ours: it gets none of them. */
async function sendAnew(request: Request, sent: Request): Promise<Response> {
  const reply = await fetch(sent);
  const isHeld = reply.type === 'opaqueredirect' && sent.redirect !== request.redirect;
  return isHeld ? fetch(request, { cache: sent.cache }) : reply;
}

/** The browser's own answer: what a request would have had without the worker. */
export async function bypass(request: Request): Promise<Report> {
  return { response: await fetch(request), from: 'network', age: '', status: 'keepfresh; fwd=bypass' };
}

function rebuilt(request: Request, fields: Headers, past: Past, names: string[]): Request {
  try {
    // A `no-cors` request cannot carry conditions, and one to another origin that carries any is asked for first
    // (CORS, preflight): there the browser is told to validate its own copy.
    const isPlain = request.mode === 'no-cors' || new URL(request.url).origin !== location.origin;
    const cache = typeof past === 'string' ? past : !past ? request.cache : isPlain ? 'no-cache' : 'no-store';
    const isFollowed = !isPlain && request.redirect === 'follow' && ['GET', 'HEAD'].includes(request.method);
    const init: RequestInit = isFollowed ? { redirect: 'manual' } : {};
    const sent = new Request(request, cache === request.cache ? init : { ...init, cache });
    for (const name of names) sent.headers.delete(name);
    if (isPlain) return sent;
    for (const [name, value] of fields) sent.headers.set(name, value);
    // Without a `Cache-Control` of its own the browser would add `no-cache`, on which many servers never answer 304.
    if (cache === 'no-store' && !sent.headers.has('cache-control')) sent.headers.set('cache-control', 'max-stale=0');
    return sent;
  } catch {
    // A request that cannot be rebuilt goes as it came: that is no failure of the network.
    return request;
  }
}

/** For how long a server wants to be left alone (`Retry-After`, RFC 9110, section 10.2.3), in seconds; 0 if it does not say. */
export function retryAfter({ headers }: Response): number {
  const after = headers.get('retry-after') ?? '';
  return Math.max(0, /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000 || 0);
}
