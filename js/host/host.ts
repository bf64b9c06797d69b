// What a cache needs of the world around it, and what it says of its answers.

import type { Machine } from '../../target/wasm/keepfresh.js';
import type { Forgets } from './forgets.js';
import type { Together } from './flights.js';
import type { Served } from './machine.js';
import type { Drafts, Store, Turns } from './store.js';
import type { Write } from './write.js';

/**
 * Whether other caches are left out: the origin server has to be asked, or even give it whole (`reload`), and they are not to
 * keep it either (`no-store`).
 */
export type Past = boolean | 'reload' | 'no-store';

/** The world around a cache. */
export interface Host {
  store: Store;
  drafts: Pick<Drafts, 'find' | 'hasPassed' | 'moment' | 'pass' | 'show'>;
  flights: Together;
  forgets: Forgets;
  turns: Turns;
  now(): number;
  /** Sends a request on, with fields set in the place of its own. */
  send(request: Request, fields: Headers, past: Past, collapses?: boolean): Promise<Response>;
  /** Whether other caches may have what was forgotten here. */
  wasForgotten?(machine: Machine): Promise<boolean>;
  /** Looks for an asset, for a page under this or another name, or for any precached file: what is served without a record. */
  find(kind: string, request: Request, key: string): Promise<Response | undefined>;
  /** Whether a request is of a page whose version is not the one in charge any more. */
  isOld?(request: Request): Promise<boolean>;
  /** Keeps a fingerprinted asset, if it is one. */
  keepAsset(request: Request, reply: Response): Promise<void>;
  /** Carries a write out, where that is not done as everywhere; nothing if it is. */
  write?(machine: Machine, write: Write): Promise<void> | undefined;
  /** The fields of the response in a slot of a record that a machine was told of by `tellFound`. */
  fieldsOf?(record: string, slot: string): Headers;
  /** Tells a machine what the store has, where that is not done as everywhere. */
  tellFound?(machine: Machine, found: string, now: number): string;
  /** The head to take a reply for that hides its own; nothing if it is what it seems. */
  headOf?(reply: Response, machine: Machine, request: Request): string | undefined;
  /** Hosts with stores of their own, in which a kind of write that a request led to is to be carried out, too. */
  others?(kind: string, request: Request): Promise<Host[]>;
  /** Is shown a stored body and the one that takes its place, where somebody wants to know whether they differ. */
  compare?(key: string, before: Response | undefined, after: Response | undefined): Promise<void>;
  /** Puts several parts of a body into one, where the engine asks for that (js/host/multipart.ts). */
  apart?(bytes: Blob, headers: Headers): Blob;
  /**
   * Reads a body that is to be stored and has to wait for its turn, for what nobody reads is kept in memory by whoever sends it on;
   * nothing if it is too long for that. Default: it waits as it is.
   */
  held?(reply: Response): Promise<Response | undefined>;
  /** The tags of the routes that a key may have been stored by. */
  tags?(key: string): string[];
  /** Tells the developer of a fault that the page will not notice. */
  warn(what: string, error: unknown): void;
}

/** How an answer came about. */
export interface Report {
  response: Response;
  /** Where its body comes from: `reply` and `failure` are the network's doing. */
  from: string;
  /** Its age in seconds; empty if that is not known. */
  age: string;
  /** What became of the request, as in `Cache-Status`. */
  status: string;
  /** Why there is none: what the network failed with. The response is then a network error. */
  failure?: unknown;
}

/** What is said of an answer that no machine was asked for. */
export const of = (from: string, status = '') => ({ from, age: '', status });

/** What is said where the network failed, and no machine was asked. */
export const failed = (failure: unknown): Report => ({ ...of('network'), response: Response.error(), failure });

/** What is said of an answer that the machine asked for. */
export function told({ body, age, status }: Served, response: Response): Report {
  return { response, from: body, age, status };
}
