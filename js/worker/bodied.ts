// Requests that say in their bodies what they ask for: the digest that stands for a body in a key. And responses that do not
// say what they are.

import type { Host } from '../host/host.js';
import { sha256 } from './list.js';
import { ask } from '../host/machine.js';
import { OPAQUE } from '../host/extras.js';
import { bytesOf } from '../host/request-body.js';
import type { Machine } from '../../target/wasm/keepfresh.js';

/** A body that is longer, in bytes, is not read for its digest. */
const MOST_BYTES = 256 * 1024;

/** Why a request has no digest: it is too long or means nothing, or it may change something. */
export type Unkeyed = 'body' | 'operation';

/**
 * The digest of a request's body and of what it is said to be, `#` before it; or why there is none. The request cannot be
 * sent after that.
 */
export async function digestOf(request: Request, how: string): Promise<`#${string}` | Unkeyed> {
  const bytes = await bytesOf(request, MOST_BYTES);
  // What is too long to be read may be anything.
  const unread = how === 'graphql' ? 'operation' : 'body';
  if (bytes.size > MOST_BYTES) return unread;
  const type = `${request.headers.get('content-type') ?? ''}\n`;
  const digest = async (body: BlobPart) => `#${await sha256(new Response(new Blob([type, body])))}` as const;
  if (how === 'bytes') return digest(bytes);
  try {
    const text = await bytes.text();
    const value: unknown = JSON.parse(text);
    if (how === 'graphql' && ![value].flat().every(onlyAsks)) return 'operation';
    return digest(isHeld(text) ? canonical(value) : bytes);
  } catch {
    // What is no JSON is nobody's query, either.
    return unread;
  }
}

/** Whether JavaScript holds all numbers of a JSON text as they are: it takes those with more than 15 digits for others. */
function isHeld(text: string): boolean {
  const numbers = text.replace(/"(?:\\.|[^"\\])*"/g, '').match(/[\d.eE+-]+/g) ?? [];
  return numbers.every((number) => number.replace(/\D/g, '').length <= 15 && !/\de/i.test(number));
}

/** JSON in one spelling: objects in the order of their names, and no spaces. */
function canonical(value: unknown): string {
  const inOrder = (_: string, one: unknown) =>
    one && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one;
  return JSON.stringify(value, inOrder);
}

/**
 * Whether a GraphQL request (GraphQL over HTTP) has a document in it, and in that no operation but queries. One whose
 * document is known to the server alone may be anything.
 */
export function onlyAsks(request: unknown): boolean {
  const document = (request as { query?: unknown } | null)?.query;
  if (typeof document !== 'string') return false;
  // Strings and comments may hold anything; they go first.
  const plain = document.replace(/"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n\r]*/g, ' ');
  let depth = 0;
  let words = '';
  for (const character of plain) {
    if ('{(['.includes(character)) depth++;
    // What is in brackets parts words, too.
    words += depth === 0 ? character : ' ';
    if ('})]'.includes(character)) depth--;
    if (depth < 0) return false;
  }
  return depth === 0 && !/\b(mutation|subscription)\b/.test(words);
}

/** All that is stored for a URL by the bodies of requests (src/exchange/key.rs); nothing if it stands for many anyway. */
export function bodiesOf(url: string): string {
  return url.endsWith('*') ? url : `${url.split(/[?#]/, 1)[0]}/.keepfresh-body/*`;
}

/** A host for one request whose body is part of its key. */
export function keyed(host: Host, request: Request, digest: string): Host {
  const { flights } = host;
  // Two bodies are two requests, of which none can be validated; and each may have to be sent twice.
  return {
    ...host,
    flights: { enter: (key, onArrival) => flights.enter(key + digest, onArrival) },
    send: () => fetch(request.clone()),
    // It only asks, whatever its method: what one may not see any more says nothing of what others may.
    others: async (kind, sent) => (kind === 'remove' ? [] : ((await host.others?.(kind, sent)) ?? [])),
  };
}

/** What an opaque reply is taken for where the route wants it kept: it hides its head. A part of something never is. */
export function headOf(reply: Response, machine: Machine, request: Request): string | undefined {
  if (reply.type !== 'opaque' || request.headers.has('range')) return undefined;
  return ask(machine, 'extras').split(' ')[OPAQUE] ? '200\n\n' : undefined;
}
