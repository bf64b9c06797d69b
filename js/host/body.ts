// Answers, put together: a stored body or the network's, whole or in part, with the head that it is given.

import type { Host } from './host.js';
import type { Served } from './machine.js';

/** A stored body of which a part can be had without the rest (js/server/file-store.ts). */
export interface Divisible extends Response {
  readonly size: number;
  /** Has its body be so many bytes behind others. */
  narrow(skip: number, length: number): void;
}

/** What an answer is made of. */
interface Pieces {
  stored(): Promise<Response | undefined>;
  reply: Response | undefined;
  apart: Host['apart'];
}

/** An answer; and the whole of what it was put together from, if that is to be stored. */
interface Assembled {
  response: Response;
  whole?: Response;
}

/** Statuses that have no body. A `Response` with one and an empty body is a fault to the browser. */
const BODILESS = [204, 205, 304];

/**
 * The response that a served answer comes to; nothing if its stored body is not there.
 *
 * @param measure tells what to serve once the length of a body is known.
 */
export async function assemble(
  served: Served,
  pieces: Pieces,
  measure: (length: number) => Served,
): Promise<Assembled | undefined> {
  const { body, head } = served;
  if (body === 'empty') return { response: rebuilt(null, head) };
  if (body === 'reply') return { response: headed(pieces.reply!, served) };
  const stored = await pieces.stored();
  if (!stored) return undefined;
  // Nobody can cut it, or give it a head.
  if (stored.type === 'opaque') return { response: stored };
  if (body === 'combined') {
    const whole = new Blob([await stored.blob(), await pieces.reply!.blob()]);
    // A server may say one range and send another.
    if (whole.size !== Number(head!.headers.get('content-length'))) return undefined;
    return { response: rebuilt(whole, head), whole: new Response(whole, head) };
  }
  if (body === 'unmeasured' || body === 'part') {
    const divisible = 'narrow' in stored ? (stored as Divisible) : undefined;
    let bytes = divisible ? undefined : await stored.blob();
    const { size } = divisible ?? bytes!;
    const part = body === 'part' ? served : measure(size);
    if (part.body === 'empty') {
      discard(stored);
      return { response: rebuilt(null, part.head) };
    }
    if (part.body === 'several') {
      bytes ??= await stored.blob();
      return { response: rebuilt(pieces.apart!(bytes, part.head!.headers), part.head) };
    }
    if (size < part.skip + part.length) return void discard(stored);
    if (part.body === 'part') divisible?.narrow(part.skip, part.length);
    return { response: rebuilt(bytes ? cut(bytes, part) : stored.body, part.head) };
  }
  return { response: headed(stored, served) };
}

/** What nobody reads need not come: a copy that is left lying would be kept whole for its sake. */
export function discard(response: Response | undefined): void {
  void response?.body?.cancel().catch(() => {});
}

/**
 * A response that nobody reads yet, and copies of it, so many altogether. None is the copy of a copy of many others: when the
 * body of a long line of them ends, Node runs out of stack.
 */
export function copiesOf(response: Response, count: number): Response[] {
  if (count < 2) return [response];
  const half = count >> 1;
  const other = response.clone();
  return [...copiesOf(response, count - half), ...copiesOf(other, half)];
}

function cut(bytes: Blob, { body, skip, length }: Served): Blob {
  return body === 'part' ? bytes.slice(skip, skip + length) : bytes;
}

/** The response as it is, or with the head that it is given. */
function headed(response: Response, { head }: Served): Response {
  // What is served as it is stays untouched: browsers pass its body on by themselves.
  if (!head || response.type === 'opaque') return response;
  const { body } = response;
  // When a response is collected that nobody needs any more, Node 20 cancels its body: this one keeps what it is of.
  if (body) Object.assign(body, { owner: response });
  return rebuilt(body, head, response);
}

function rebuilt(body: BodyInit | null, head: Served['head'], from?: Response): Response {
  const status = head?.status ?? 200;
  const statusText = from?.status === status ? from.statusText : status === 504 ? 'Gateway Timeout' : '';
  return new Response(BODILESS.includes(status) ? null : body, { status, statusText, headers: head?.headers });
}

/** What Chromium counts an opaque response as, about: its size must not be known. */
const OPAQUE_BYTES = 7e6;

/** How many bytes a body has, without reading it where it is said. */
export async function sizeOf(response: Response): Promise<number> {
  if (response.type === 'opaque') return OPAQUE_BYTES;
  const { headers } = response;
  // What was coded is stored without, and has another length. Some servers say it twice.
  const length = headers.has('content-encoding') ? '' : (headers.get('content-length') ?? '');
  return /^\d+$/.test(length) ? Number(length) : (await response.blob()).size;
}

/**
 * What Cache Storage takes: it refuses a 206 and `Vary: *`, and would compare the fields that `Vary` names, which the record
 * does. Only such a response is rebuilt.
 *
 * @param varies what `Vary` must not say.
 */
export function storable(response: Response, varies = /\*/): Response {
  if (response.status !== 206 && !varies.test(response.headers.get('vary') ?? '')) return response;
  const headers = new Headers(response.headers);
  headers.delete('vary');
  return new Response(response.body, { headers });
}
