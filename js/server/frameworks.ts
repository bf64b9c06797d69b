// What is used of the frameworks that a cache may stand in front of.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Listener } from './listened.js';

/** What is used of a Fastify instance. */
export interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: { raw: IncomingMessage }, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown;
  routing(request: IncomingMessage, response: ServerResponse): void;
}

interface FastifyReplyLike {
  raw: ServerResponse;
  hijack(): unknown;
}

/** What is used of a Hono application, and of the context of a request. */
export interface HonoLike {
  fetch(request: Request, ...rest: unknown[]): Response | Promise<Response>;
}

/** The application that a request is for, as Express notes it. */
export function rootOf(request: IncomingMessage): Listener {
  let { app } = request as unknown as { app?: Listener & { parent?: Listener } };
  if (!app) throw new TypeError('cache.express() is for Express; for node:http there is cache.listener()');
  while (app.parent) app = app.parent as typeof app;
  return app;
}
