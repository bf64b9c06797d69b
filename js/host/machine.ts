// The other side of src/exchange/wire.rs: steps and heads as text, a line for each part.

import type { Machine } from '../../target/wasm/keepfresh.js';

/** The answer to a question; empty if there is none. */
export const ask = (machine: Machine, question: string): string => machine.tell(question, 0, 0);

/** Tells a machine what the store has; the steps that come of it. */
export const tellFound = (machine: Machine, found: string, now: number): string =>
  machine.tell(`lookup\n${found}`, 0, now);

/** The steps that a machine takes, each with a record separator behind it. */
export const readSteps = (text: string): string[] => text.split('\x1e').slice(0, -1);

/** An answer that a machine asks for. */
export interface Served {
  /** Where its body comes from. */
  body: string;
  /** The slot of a stored body; empty if what was found has none. */
  slot: string;
  /** Bytes of the body before those that are served, and how many are. */
  skip: number;
  length: number;
  /** Whether the reply is going to be stored as well. */
  keeps: boolean;
  age: string;
  /** What became of the request, as in `Cache-Status`. */
  status: string;
  /** The head to give it; nothing if it is served as it is. */
  head: { status: number; headers: Headers } | undefined;
}

/**
 * Reads an answer, without the word that says it is one.
 *
 * @param base the stored head in a slot, where heads are told by what they have more (js/server/known.ts).
 */
export function readServed(lines: string[], base?: (slot: string) => Headers): Served {
  const [body, slot, skip, length, keeps, age, status, code, ...fields] = lines as [string, string, ...string[]];
  const isMore = code![0] === '=';
  const head = code && {
    status: Number(isMore ? code.slice(1) : code),
    headers: readFields(fields, isMore ? base!(slot) : undefined),
  };
  return {
    body,
    slot,
    skip: Number(skip),
    length: Number(length),
    keeps: keeps === 'keeps',
    age: age!,
    status: status!,
    head: head || undefined,
  };
}

/** Reads lines of `name: value`, behind those that are there. */
export function readFields(lines: string[], base?: Headers): Headers {
  const headers = new Headers(base);
  const names = new Set<string>();
  for (const line of lines) {
    const colon = line.indexOf(': ');
    const name = line.slice(0, colon);
    // In Node, `append` takes twice the time of `set`.
    if (colon > 0) headers[base || names.has(name) ? 'append' : 'set'](name, line.slice(colon + 2));
    names.add(name);
  }
  return headers;
}

/**
 * Writes the head of a request. `except` names fields that it is taken to be without; a digest of its body stands in the
 * place of a fragment (src/exchange/key.rs).
 */
export function writeRequest(request: Request, except?: readonly string[], digest = ''): string {
  const { method, url, mode, destination, cache, headers } = request;
  let text = `${method}\n${digest ? url.split('#', 1)[0] + digest : url}\n${mode}\n${destination}\n${cache}\n`;
  for (const [name, value] of headers) if (!except?.includes(name)) text += `${name}: ${value}\n`;
  return text;
}

/** Writes the head of a response. */
export function writeResponse({ status, redirected, headers }: Response): string {
  let text = `${status}\n${redirected ? 'redirected' : ''}\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\n`;
  return text;
}
