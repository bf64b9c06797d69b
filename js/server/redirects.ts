// Requests that are sent on: with other fields, or to where a redirect leads, which a host follows by itself so that each
// answer on the way goes through the cache.

export const REDIRECTS = [301, 302, 303, 307, 308];

/** What only the origin server is told that it was meant for. */
const PRIVATE = ['authorization', 'cookie', 'proxy-authorization'];

/** The request that a redirect asks for (Fetch, "HTTP-redirect fetch"). */
export function redirected(request: Request, status: number, url: URL): Request {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`a redirect leads to ${url.href}`);
  const { method } = request;
  const isPost = method === 'POST' && status < 303;
  const becomesGet = isPost || (status === 303 && method !== 'GET' && method !== 'HEAD');
  const headers = new Headers(request.headers);
  if (url.origin !== new URL(request.url).origin) for (const name of PRIVATE) headers.delete(name);
  if (!becomesGet) {
    if (request.bodyUsed)
      throw new TypeError(`${request.url} redirects, and a body that is a stream cannot be sent again`);
    return new Request(url, new Request(request, { headers }));
  }
  for (const name of ['content-encoding', 'content-language', 'content-location', 'content-type']) headers.delete(name);
  const { signal, redirect, credentials, cache, integrity } = request;
  return new Request(url, { method: 'GET', headers, signal, redirect, credentials, cache, integrity });
}

/** Where a redirect leads to. Headers have a character for each byte, and most who write others than those of ASCII mean UTF-8. */
export function destination(location: string, base: string): URL {
  const bytes = Uint8Array.from(location, (character) => character.charCodeAt(0));
  return new URL(new TextDecoder().decode(bytes), base);
}

/** What a `Response` that was put together does not know of itself: it has no fragment (Fetch, "Response class"). */
export function addressed(response: Response, url: string, isRedirected: boolean): Response {
  return Object.defineProperties(response, {
    url: { value: url.replace(/#.*/s, '') },
    redirected: { value: isRedirected },
    clone: { value: () => addressed(Response.prototype.clone.call(response), url, isRedirected), writable: true },
  });
}

/** A request with fields in the place of its own, and perhaps with another signal. */
export function withFields(request: Request, fields: Headers, signal?: AbortSignal): Request {
  const names = [...fields.keys()];
  if (names.length === 0) return signal ? new Request(request, { signal }) : request;
  const headers = new Headers(request.headers);
  for (const name of names) headers.set(name, fields.get(name)!);
  return new Request(request, signal ? { headers, signal } : { headers });
}
