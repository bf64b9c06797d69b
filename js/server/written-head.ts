// The head that Node writes for `fetchNodeHandler`, which reads that text: what is to be different in it.

import type { ServerResponse } from 'node:http';
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
  if (typeof length !== 'number') return;
  if (hasBody && !isRemoved && !response.hasHeader('content-length') && !/^content-length:/im.test(written._header))
    written._header = written._header.replace('\r\n', `\r\nContent-Length: ${length}\r\n`);
  // Node writes this one field in UTF-8 where it knows the length, into a text of which each character is a byte
  // (nodejs/node#46528).
  const bytes = (text: string) => Buffer.from(text).toString('latin1');
  written._header = written._header.replace(/^content-disposition: .*$/im, bytes);
}

/** Writes a head without the field that announces trailers: Node refuses it where nothing comes in chunks, and nobody is given any. */
export function storing(response: ServerResponse): Written['_storeHeader'] {
  const { _storeHeader: store } = response as unknown as Written;
  return (line, fields) => {
    // What was set one by one Node knows by the object that it is in.
    response.removeHeader('trailer');
    store.call(response, line, withoutTrailer(fields));
  };
}

/** Of fields as an object, as pairs, or as names and values in turn. */
function withoutTrailer(fields: unknown): unknown {
  const isTrailer = (name: unknown) => String(name).toLowerCase() === 'trailer';
  if (!Array.isArray(fields)) {
    const names = fields ? Object.keys(fields).filter(isTrailer) : [];
    if (names.length === 0) return fields;
    const left = { ...(fields as object) } as Record<string, unknown>;
    for (const name of names) delete left[name];
    return left;
  }
  if (Array.isArray(fields[0])) return fields.filter(([name]) => !isTrailer(name));
  return fields.filter((_, at) => !isTrailer(fields[at - (at % 2)]));
}

/** Has a response whose status is none be an error of a gateway, which nobody keeps. */
export function withStatus(response: ServerResponse, warn: (error: Error) => void): void {
  if (isStatus(response.statusCode)) return;
  warn(new RangeError(`there is no status ${response.statusCode}`));
  Object.assign(response, { statusCode: 502, statusMessage: '' });
  const written = response as unknown as Written;
  written._header = written._header.replace(/^([\w-]+): .*\r\n/gm, (line, name) => (isOfKeeping(name) ? '' : line));
}
