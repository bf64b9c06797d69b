// A cache in front of a server: as a handler of requests, or as what other servers call middleware.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { sendNodeResponse } from 'srvx/node';
import { Cache } from './cache.js';
import { CACHE_OPTIONS, type CacheOptions } from './cache-options.js';
import { checkOptions } from '../host/checks.js';
import { type FastifyLike, type HonoLike, rootOf } from './frameworks.js';
import { factsOf, type Listener, listened } from './listened.js';
import { fetchRequest, Refusal } from './server-request.js';
import type { Invalidation } from './shared-store.js';
import { withCookies, withoutLength, withReason } from './written-head.js';

/** How the cache in front of a server behaves. Every field has a default. */
export interface ServerCacheOptions extends CacheOptions {
  /** Whether responses go to many users. Default: `true`. */
  shared?: boolean;
  /** What URLs begin with, as in `https://example.com`. Default: what each request says. */
  origin?: string;
}

/** A cache in front of a server. */
export interface ServerCache {
  /** In front of a handler of `Request`s; what else it is called with is passed on. */
  handler<Rest extends unknown[]>(
    handle: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  ): (request: Request, ...rest: Rest) => Promise<Response>;
  /** In front of a listener of `node:http`, whatever HTTP its clients speak: `createServer(cache.listener(listener))`. */
  listener(
    listener: Listener,
  ): (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => Promise<void>;
  /** For Express: `app.use(cache.express())`, before what is to be cached. */
  express(): Listener;
  /** For Fastify: `app.register(cache.fastify)`, before the routes. */
  fastify: (app: FastifyLike) => Promise<void>;
  /** For Hono: `app.use(cache.hono(app))`, before what is to be cached. */
  hono(
    app: HonoLike,
  ): (context: { req: { raw: Request }; env: unknown }, next: () => Promise<void>) => Promise<Response | void>;
  /** Invalidates URLs, groups of an origin, or all of it. */
  invalidate(what: Invalidation): Promise<void>;
  /** Settles when everything is written that the requests so far have led to. */
  idle(): Promise<void>;
}

/**
 * A cache in front of a server: what its responses say in `Cache-Control` is done before it is asked. Stale responses are
 * validated behind the answer, so the server may be asked when nobody waits: by requests of the cache's own.
 *
 * @throws CacheError with code `options`, naming the option that cannot be.
 * @example
 * import express from 'express';
 * import { serverCache } from 'keepfresh/node';
 *
 * const cache = serverCache();
 * const app = express();
 * app.use(cache.express());
 * app.get('/rooms', async (request, response) => {
 *   response.set('cache-control', 'max-age=5, stale-while-revalidate=60').json(await freeRooms());
 * });
 */
export function serverCache(given: ServerCacheOptions = {}): ServerCache {
  checkOptions('serverCache', given, { origin: 'origin', ...CACHE_OPTIONS });
  const { origin, ...options } = given;
  const cache = new Cache({ shared: true, ...options });
  /** Whether a request comes from the cache: then it is for what is behind it. */
  const isBehind = new AsyncLocalStorage<true>();

  const respond = async (request: Request, handle: (request: Request) => Response | Promise<Response>) => {
    const origin = async (asked: Request) => isBehind.run(true, () => handle(asked));
    const { response, failure } = await cache.exchange(request, origin, request.signal);
    if (failure) throw failure;
    return withoutLength(response);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse, listener: Listener) => {
    let signal: AbortSignal | undefined;
    try {
      // It is about the server as a whole, and for nothing that has a URL (RFC 9110, section 9.3.7).
      if (request.method === 'OPTIONS' && request.url === '*')
        return void (await isBehind.run(true, async () => listener(request, response)));
      let read: IncomingMessage | undefined;
      const reads = () => read?.readableDidRead === true && !read.destroyed;
      const asked = fetchRequest(request, response, { reads, end: (error) => read?.socket.destroy(error) }, origin);
      ({ signal } = asked);
      const facts = factsOf(request.socket);
      const begin = (one: IncomingMessage) => void (read = one);
      const handle = (each: Request) => listened(listener, each, { facts, begin, warn: cache.warn });
      const answered = await respond(asked, handle);
      withCookies(response, answered);
      await sendNodeResponse(response, withReason(answered));
    } catch (error) {
      // Nobody waits any more, or else it is a fault that only this request has.
      if (response.destroyed || signal?.aborted) return;
      const { status } = error instanceof Refusal ? error : { status: 500 };
      if (status === 500) cache.warn('a request could not be answered', error);
      if (!response.headersSent) response.writeHead(status);
      response.end();
    }
  };

  return {
    handler:
      (handle) =>
      (request, ...rest) =>
        respond(request, (asked) => handle(asked, ...rest)),
    // Node gives both of HTTP/2 what those of HTTP/1.1 have.
    listener: (listener) => (request, response) =>
      answer(request as IncomingMessage, response as ServerResponse, listener),
    express: () => (request, response, next) => {
      if (isBehind.getStore()) return next?.();
      return answer(request, response, rootOf(request));
    },
    fastify: Object.assign(
      async (app: FastifyLike) => {
        app.addHook('onRequest', async ({ raw }, reply) => {
          if (isBehind.getStore()) return;
          reply.hijack();
          await answer(raw, reply.raw, (request, response) => app.routing(request, response));
        });
      },
      // For all routes of the application, and not for those of this plugin alone.
      { [Symbol.for('skip-override')]: true },
    ),
    hono: (app) => async (context, next) => {
      if (isBehind.getStore()) return next();
      return respond(context.req.raw, (asked) => app.fetch(asked, context.env));
    },
    invalidate: (what) => cache.invalidate(what),
    idle: () => cache.idle(),
  };
}
