// Navigation preload: the browser asks for a page while the worker starts, and the worker takes that answer for its own.

import type { Past } from '../host/host.js';
import { send } from './send.js';

/**
 * Whether the browser's answer can be taken. WebKit asks once more for every fifth body that a worker reads (seen in
 * 2.50): a page would have the fields of one answer and the body of another, and where they carry a nonce no script.
 */
export const isSound = (agent: string): boolean => !/AppleWebKit(?!.*Chrom)/.test(agent);

/** What the browser has asked for, by the requests that want it. */
const underWay = new WeakMap<Request, Promise<Response | undefined>>();

/** Takes note of what the browser has asked for. */
export function note(event: FetchEvent): void {
  if (event.request.mode !== 'navigate') return;
  const response: Promise<Response | undefined> = event.preloadResponse ?? Promise.resolve(undefined);
  underWay.set(event.request, response);
  // Else a browser that does not need it complains of having asked for nothing.
  event.waitUntil(response.catch(() => {}));
}

/** Sends a request on, as `send` does, if the browser has not. What went through the browser's cache may not be it. */
export async function sendOnce(request: Request, fields: Headers, past: Past): Promise<Response> {
  const early = past ? undefined : await underWay.get(request)?.catch(() => undefined);
  // Firefox gives what failed as a response.
  return early && early.type !== 'error' ? early : send(request, fields, past);
}
