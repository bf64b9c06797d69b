// What servers of Node are asked, as a request of Fetch.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** Methods that no request of Fetch's has. */
const UNKNOWN = /^(CONNECT|TRACE|TRACK)$/i;

/** What a client is told whose request nobody could answer. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A request of Node's as one of Fetch's.
 *
 * @param origin what URLs begin with. Default: what the request says.
 * @throws Refusal if it is for nothing that has a URL, or none that Fetch knows.
 */
export function fetchRequest(request: IncomingMessage, response: ServerResponse, origin?: string): Request {
  const url = urlOf(request, origin);
  const headers = new Headers();
  for (let n = 0; n < request.rawHeaders.length; n += 2) {
    const name = request.rawHeaders[n]!;
    // HTTP/2 has what is no field among them (RFC 9113, section 8.3).
    if (!name.startsWith(':')) headers.append(name, request.rawHeaders[n + 1]!);
  }
  // What is behind a cache may write it into what all are given, who have the URL in common alone (RFC 9112, section 3.2.2).
  headers.set('host', url.host);
  // So may what says it in the place of a proxy.
  if (origin !== undefined)
    for (const [name, own] of [
      ...PROXIED,
      ['x-forwarded-host', url.host],
      ['x-forwarded-proto', url.protocol.slice(0, -1)],
    ])
      if (headers.has(name!)) own === undefined ? headers.delete(name!) : headers.set(name!, own);
  const { method = 'GET' } = request;
  if (UNKNOWN.test(method)) throw new Refusal(501, `the method of the request is not known: ${method}`);
  const controller = new AbortController();
  response.once('close', () => response.writableFinished || controller.abort());
  const init = { method, headers, signal: controller.signal, redirect: 'manual' as const };
  const isBodiless = method === 'GET' || method === 'HEAD';
  // Fetch has none for these, where it means nothing (RFC 9110, section 9.3.1).
  if (isBodiless) for (const name of FRAMING) headers.delete(name);
  if (isBodiless || !hasBody(request)) return new Request(url, init);
  const body = Readable.toWeb(request) as ReadableStream;
  // What nobody has read stands in front of the connection's next request: Node's own servers let go of it, too.
  response.once('finish', () => request.complete || request.removeAllListeners('data').resume());
  return new Request(url, { ...init, body, duplex: 'half' } as RequestInit);
}

/** What a proxy says of the URL in other words. */
const PROXIED = [['forwarded'], ['x-forwarded-port']];

/** What says that there is a body (RFC 9112, section 6.3). */
const FRAMING = ['content-length', 'transfer-encoding'];

/** In HTTP/2 it is the stream that tells. */
function hasBody(request: IncomingMessage): boolean {
  const { stream } = request as { stream?: { endAfterHeaders?: boolean } };
  return stream ? !stream.endAfterHeaders : FRAMING.some((name) => name in request.headers);
}

function urlOf(request: IncomingMessage, origin?: string): URL {
  // Where it is for a part of an application, as Express notes it.
  const path = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/';
  const base =
    origin ??
    `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? request.headers[':authority'] ?? 'localhost'}`;
  const url = path.startsWith('/') ? base + path : path;
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined;
  // Nor for one with somebody's password in it (RFC 9110, section 4.2.4).
  if (!parsed || parsed.username || parsed.password) throw new Refusal(400, `the request is for no URL: ${url}`);
  // A request may name another host in its target (RFC 9112, section 3.2.2).
  return origin === undefined ? parsed : new URL(new URL(origin).origin + parsed.pathname + parsed.search);
}
