// What servers of Node are asked, as a request of Fetch.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A request of Node's as one of Fetch's.
 *
 * @param origin what URLs begin with. Default: what the request says.
 * @throws URIError if it says nothing that a URL could begin with.
 */
export function fetchRequest(request: IncomingMessage, response: ServerResponse, origin?: string): Request {
  const url = urlOf(request, origin);
  const headers = new Headers();
  for (let n = 0; n < request.rawHeaders.length; n += 2)
    headers.append(request.rawHeaders[n]!, request.rawHeaders[n + 1]!);
  // What is behind a cache may write it into what all are given, who have the URL in common alone (RFC 9112, section 3.2.2).
  headers.set('host', url.host);
  const { method = 'GET' } = request;
  const controller = new AbortController();
  response.once('close', () => response.writableFinished || controller.abort());
  const init = { method, headers, signal: controller.signal, redirect: 'manual' as const };
  if (method === 'GET' || method === 'HEAD') return new Request(url, init);
  const body = Readable.toWeb(request) as ReadableStream;
  return new Request(url, { ...init, body, duplex: 'half' } as RequestInit);
}

function urlOf(request: IncomingMessage, origin?: string): URL {
  // Where it is for a part of an application, as Express notes it.
  const path = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/';
  const base = origin ?? `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`;
  const url = path.startsWith('/') ? base + path : path;
  if (!URL.canParse(url, base)) throw new URIError(`the request is for no URL: ${url}`);
  return new URL(url, base);
}
