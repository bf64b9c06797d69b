// How stores that keep bytes write what is under a key: a line of JSON, the record, the bodies, one behind the other, and a
// checksum of all that. It is read and written in one piece, so that a record never stands beside the body of another.

/** What stands in the first line. */
interface Head {
  /** Names what was written: each time another. */
  id: string;
  /** Counts whose turn it was to ask the origin server (leads.ts). */
  fence: number;
  key: string;
  /** As they are called here (places.ts). */
  groups: string[];
  /** When it is of no use any more, in milliseconds since the epoch. */
  until: number;
  /** Bytes of the record. */
  record: number;
  /** Bodies by their slots: bytes, and the name that a body is kept under by itself, if it is. */
  bodies: [slot: string, bytes: number, apart?: string][];
}

/** The bytes of a body, or the name that it is kept under by itself. */
export type Body = Uint8Array<ArrayBuffer> | string;

/** What is under a key. */
export interface Value extends Omit<Head, 'record' | 'bodies'> {
  record: string;
  bodies: Map<string, Body>;
}

/** The length of an identifier. */
export const ID = 22;

/** The length of a checksum. */
const SUM = 4;

/** An identifier that nothing else has: 128 bits. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).slice(0, ID);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes a value; its identifier comes first. Bodies that are kept by themselves are names here. */
export function encode({ id, record, bodies, ...rest }: Value): Uint8Array<ArrayBuffer> {
  const text = encoder.encode(record);
  const entries = [...bodies].map(([slot, body]) =>
    typeof body === 'string' ? [slot, 0, body] : [slot, body.byteLength],
  );
  const head = encoder.encode(`${id}${JSON.stringify({ ...rest, record: text.byteLength, bodies: entries })}\n`);
  const inside = [...bodies.values()].filter((body) => typeof body !== 'string');
  const bytes = joined([head, text, ...inside, new Uint8Array(SUM)]);
  const end = bytes.byteLength - SUM;
  new DataView(bytes.buffer).setUint32(end, sumOf(bytes.subarray(0, end)));
  return bytes;
}

/** Reads a value; nothing if it is none, or not as it was written. */
export function decode(bytes: Uint8Array<ArrayBuffer>): Value | undefined {
  const end = bytes.indexOf(10);
  if (end < ID) return undefined;
  try {
    const id = decoder.decode(bytes.subarray(0, ID));
    const { record, bodies, ...rest } = JSON.parse(decoder.decode(bytes.subarray(ID, end))) as Omit<Head, 'id'>;
    let at = end + 1;
    const text = decoder.decode(bytes.subarray(at, (at += record)));
    const parts = bodies.map(([slot, length, apart]): [string, Body] => [
      slot,
      apart ?? bytes.subarray(at, (at += length)),
    ]);
    if (at + SUM !== bytes.byteLength) return undefined;
    const sum = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0);
    return sum === sumOf(bytes.subarray(0, at)) ? { ...rest, id, record: text, bodies: new Map(parts) } : undefined;
  } catch {
    return undefined;
  }
}

/** A checksum (FNV-1a, of words): whatever happens to one word changes it, and nearly whatever happens to several. */
export function sumOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = bytes.byteLength & ~3;
  let sum = 0x811c9dc5;
  let at = 0;
  // What is at the top of a word has to come down, or the same in another word undoes it.
  const mixed = (word: number) => word ^ (word >>> 15);
  for (; at < words; at += 4) sum = mixed(Math.imul(sum ^ view.getInt32(at, true), 0x01000193));
  for (; at < bytes.byteLength; at++) sum = mixed(Math.imul(sum ^ bytes[at]!, 0x01000193));
  return sum >>> 0;
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
