// Parts of the worker that a site may not need: the build leaves out those that no option asks for.

import type { compose } from './compose.js';
import type { instead } from './health.js';
import type { Keys } from './keys.js';
import type { Ledger } from './ledger.js';
import type { withMemory } from './memory.js';
import type * as preload from './preload.js';
import type { apart } from './multipart.js';
import type { Queue } from './queue.js';
import type { Stats } from './stats.js';

/** The parts that there are. */
export interface Parts {
  /** Several ranges in one answer. Without it, and in the engine of workers that the build writes, that is the whole. */
  apart?: typeof apart;
  /** Keys that are more than a URL (partitions, bodies of requests), and opaque responses. Without it there are none. */
  Keys?: typeof Keys;
  /** What is kept: budgets, tags, how long. Without it the oldest go when there are too many. */
  Ledger?: typeof Ledger;
  /** Requests that wait for a network. Without it they fail. */
  Queue?: typeof Queue;
  /** Pages that are put together. Without it they are asked for as a whole. */
  compose?: typeof compose;
  /** What takes a version back that is not well. Without it none is. */
  instead?: typeof instead;
  /** Navigation preload. Without it a page is asked for when the worker has started. */
  preload?: typeof preload;
  /** Counts of what became of requests. */
  Stats?: typeof Stats;
  /** A tier in memory. Without it everything is read from Cache Storage. */
  withMemory?: typeof withMemory;
}

/** How much is kept at most. */
export interface Budget {
  /** Bytes of all bodies. */
  maxBytes: number;
  /** URLs. */
  maxEntries: number;
}

/** What a route says beside who is asked (src/route/table.rs, `Route::extras`). */
export interface Extras extends Budget {
  /** Names what is kept together. */
  group: string;
  keepSeconds: number;
  tags: string[];
}

/** Where the rest stands in it. */
export const TAGS = 4;
export const QUEUE = 5;
export const PARTITION = 6;
export const BODY = 7;
export const OPAQUE = 8;
/** And behind it `after`, and what the query of the content has more. */
export const BEFORE = 9;

/** Reads it; what is not said has no limit. */
export function readExtras(text: string): Extras {
  const [group = '', entries, bytes, seconds, tags] = text.split(' ');
  const limit = (text?: string) => Number(text) || Infinity;
  const [maxEntries, maxBytes, keepSeconds] = [limit(entries), limit(bytes), limit(seconds)];
  return { group, maxEntries, maxBytes, keepSeconds, tags: tags ? tags.split(',') : [] };
}
