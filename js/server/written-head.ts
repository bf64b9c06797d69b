// Heads that Node writes, and what is to be different in them: for `fetchNodeHandler`, which reads the text, and for clients.

import { type ServerResponse, STATUS_CODES } from 'node:http';
import { isOfKeeping, isStatus } from './gateway.js';

/** What Node's own responses have beside what they say. */
interface Written {
  _contentLength?: number | null;
  _hasBody: boolean;
  _header: string;
  _removedContLen: boolean;
  _storeHeader(line: string, fields: unknown): void;
}

/** Adds the length of what was written at once, as Node does where it may send in chunks; and spells a field as it was meant. */
export function respell(response: ServerResponse): void {
  const written = response as unknown as Written;
  const { _contentLength: length, _hasBody: hasBody, _removedContLen: isRemoved } = written;
  // What Fetch has no body for has no length: whoever reads it would wait for so many bytes.
  if (response.statusCode === 205) written._header = written._header.replace(/^content-length: .*\r\n/gim, '');
  else if (typeof length !== 'number') return;
  else if (
    hasBody &&
    !isRemoved &&
    !response.hasHeader('content-length') &&
    !/^content-length:/im.test(written._header)
  )
    written._header = written._header.replace('\r\n', `\r\nContent-Length: ${length}\r\n`);
  // Node writes this one field in UTF-8 where it knows the length, into a text of which each character is a byte
  // (nodejs/node#46528).
  const bytes = (text: string) => Buffer.from(text).toString('latin1');
  written._header = written._header.replace(/^content-disposition: .*$/im, bytes);
}

/**
 * Fields that are not written: Node refuses to announce trailers where nothing comes in chunks, and nobody is given any; and what
 * it is told to send in chunks it writes so into what `fetchNodeHandler` takes for the body.
 */
const UNWRITTEN = ['trailer', 'transfer-encoding'];

/** Writes a head without these. */
export function storing(response: ServerResponse): Written['_storeHeader'] {
  const { _storeHeader: store } = response as unknown as Written;
  return (line, fields) => {
    // What was set one by one Node knows by the object that it is in.
    for (const name of UNWRITTEN) response.removeHeader(name);
    store.call(response, line, writable(fields));
  };
}

/** Of fields as an object, as pairs, or as names and values in turn. */
function writable(fields: unknown): unknown {
  const isUnwritten = (name: unknown) => UNWRITTEN.includes(String(name).toLowerCase());
  if (!Array.isArray(fields)) {
    const names = fields ? Object.keys(fields).filter(isUnwritten) : [];
    if (names.length === 0) return fields;
    const left = { ...(fields as object) } as Record<string, unknown>;
    for (const name of names) delete left[name];
    return left;
  }
  if (Array.isArray(fields[0])) return fields.filter(([name]) => !isUnwritten(name));
  return fields.filter((_, at) => !isUnwritten(fields[at - (at % 2)]));
}

/**
 * Sets cookies by themselves, if they are several: where a field was set before, as Express does, Node 20 would keep the last one
 * of those that are written with all others.
 */
export function withCookies(response: ServerResponse, { headers }: Response): void {
  const cookies = headers.getSetCookie();
  if (cookies.length < 2) return;
  headers.delete('set-cookie');
  response.setHeader('set-cookie', cookies);
}

/** Says in words what a status means, where nobody has: what is stored has the number alone. */
export function withReason(response: Response): Response {
  const value = response.statusText || STATUS_CODES[response.status];
  return value ? Object.defineProperty(response, 'statusText', { value }) : response;
}

/** Says no length of what is sent without a body: whoever reads it would wait for so many bytes (RFC 9112, section 6.3). */
export function withoutLength(response: Response): Response {
  const { headers, status, statusText } = response;
  if ((status !== 204 && status !== 205) || !headers.has('content-length')) return response;
  const left = new Headers(headers);
  left.delete('content-length');
  return new Response(null, { status, statusText, headers: left });
}

/** Has a response whose status is none be an error of a gateway, which nobody keeps. */
export function withStatus(response: ServerResponse, warn: (error: Error) => void): void {
  if (isStatus(response.statusCode)) return;
  warn(new RangeError(`there is no status ${response.statusCode}`));
  Object.assign(response, { statusCode: 502, statusMessage: '' });
  const written = response as unknown as Written;
  written._header = written._header.replace(/^([\w-]+): .*\r\n/gm, (line, name) => (isOfKeeping(name) ? '' : line));
}
