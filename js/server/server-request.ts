// What servers of Node are asked, as a request of Fetch.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';

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
 * @param reader who reads its body.
 * @param origin what URLs begin with. Default: what the request says.
 * @throws Refusal if it is for nothing that has a URL, or none that Fetch knows.
 */
export function fetchRequest(
  request: IncomingMessage,
  response: ServerResponse,
  reader: Reader,
  origin?: string,
): Request {
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
  for (const [name, own] of origin === undefined ? [] : ofProxy(url)) {
    if (headers.has(name)) headers.set(name, own);
  }
  const { method = 'GET' } = request;
  if (UNKNOWN.test(method)) throw new Refusal(501, `the method of the request is not known: ${method}`);
  const controller = new AbortController();
  // In HTTP/2 everything is finished that is closed.
  response.once('close', () => (response.writableEnded && response.writableFinished) || controller.abort());
  const init = { method, headers, signal: controller.signal, redirect: 'manual' as const };
  const isBodiless = method === 'GET' || method === 'HEAD';
  // Fetch has none for these, where it means nothing (RFC 9110, section 9.3.1).
  if (isBodiless) for (const name of FRAMING) headers.delete(name);
  if (isBodiless || !hasBody(request)) return new Request(url, init);
  const body = bodyOf(request, response, reader);
  return new Request(url, { ...init, body, duplex: 'half' } as RequestInit);
}

/** What a proxy says of a URL in other words. */
const ofProxy = ({ host, port, protocol }: URL): [name: string, own: string][] => [
  ['forwarded', `host="${host}";proto=${protocol.slice(0, -1)}`],
  ['x-forwarded-host', host],
  ['x-forwarded-port', port || (protocol === 'https:' ? '443' : '80')],
  ['x-forwarded-proto', protocol.slice(0, -1)],
];

/** Who reads the body of a request. */
export interface Reader {
  /** Whether that has begun, and goes on. */
  reads(): boolean;
  /** Says that there is no more to come. */
  end(error: Error): void;
}

/** How often it is looked whether a body that is not at its end is read after the answer, in milliseconds. */
const LOOK = 500;

/** How often in a row nothing of it may have been taken: by nobody at all, and by somebody who has begun to read it. */
const UNREAD = 1;
const READ = 120;

/**
 * The body of a request, as it is read. What nobody reads stands in front of the connection's next request: when the answer
 * is done, and nobody takes more of it for a while, it is let go of. Node's own servers do so at once, but only if nobody ever has.
 */
function bodyOf(request: IncomingMessage, response: ServerResponse, reader: Reader): ReadableStream {
  let taken = 0;
  const body = new Transform({
    transform: (chunk: Buffer, _, done) => ((taken += chunk.byteLength), done(null, chunk)),
  });
  request.pipe(body);
  request.once('error', (error) => body.destroy(error));
  request.once('close', () => request.complete || body.destroy(new Error('the request has broken off')));
  response.once('finish', () => {
    let before = -1;
    let still = 0;
    const look = setInterval(() => {
      still = body.writableNeedDrain && taken === before ? still + 1 : 0;
      const isStuck = still >= (reader.reads() ? READ : UNREAD);
      before = taken;
      // What has come whole is in nobody's way, nor is what cannot come any more: that only who reads it has to know.
      const isGone = request.destroyed || request.socket.destroyed;
      const isOver = request.complete || request.readableEnded || (isGone && !reader.reads());
      if (isOver || isGone || isStuck) clearInterval(look);
      if (isOver || !(isGone || isStuck)) return;
      request.unpipe(body).resume();
      const late = 'the rest of the body came when nobody read it any more';
      const error = new Error(isGone ? 'the request has broken off' : late);
      // It gives up the body as well; what it finds broken already it would complain of.
      reader.end(error);
      body.destroy(error);
    }, LOOK);
  });
  return Readable.toWeb(body) as ReadableStream;
}

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
