// Parts of the worker that a site may not need: the build leaves out those that no option asks for.

import type { compose } from './compose.js';
import type { instead } from './health.js';
import type { Keys } from './keys.js';
import type { Ledger } from './ledger.js';
import type { withMemory } from './memory.js';
import type * as preload from './preload.js';
import type { apart } from '../host/multipart.js';
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
