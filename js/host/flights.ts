// Requests that are the same, under way at the same time: one of them is sent, the others wait for its answer.

/** What those that waited are told. */
export interface Arrival {
  /** What the engine says of the response, for other machines; empty if they cannot have it. */
  shared: string;
  /** A copy of the reply for each of them; none where the response is in the store. */
  reply: Response | undefined;
  /** Whether nothing came of it at all: no answer from the network. */
  failed: boolean;
  /** What the network failed with, if it did. */
  failure: unknown;
}

type Tell = (arrival: Arrival) => void;

/** A request that is sent for all that are the same. */
export interface Flight {
  /** Those that wait for it. */
  readonly waiting: readonly Tell[];
  /** Ends it, and gives those that waited. */
  land(): readonly Tell[];
}

/** The requests that are under way. */
export interface Together {
  /** The flight of a request that is the first of its kind; nothing for another, which is told when the first has its answer. */
  enter(key: string, onArrival: Tell): Flight | undefined;
}

/**
 * Milliseconds for which others wait for a request: who comes later asks anew, and those behind wait for that. The first may
 * never have an answer.
 */
export const PATIENCE = 5000;

/** For how long requests wait for others that ask the same, in milliseconds. */
export interface Patient {
  patience?: number;
}

/** The requests of a host. */
export class Flights implements Together {
  #all = new Map<string, { since: number; waiting: Tell[] }>();

  constructor(readonly patience = PATIENCE) {}

  enter(key: string, onArrival: Tell): Flight | undefined {
    const since = performance.now();
    const before = this.#all.get(key);
    if (before && since - before.since < this.patience) return void before.waiting.push(onArrival);
    const waiting: Tell[] = [];
    const flight = { since, waiting };
    this.#all.set(key, flight);
    const land = () => {
      if (this.#all.get(key) === flight) this.#all.delete(key);
      return waiting;
    };
    return { waiting, land };
  }
}
