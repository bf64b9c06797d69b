// Requests that are the same, under way at the same time: one of them is sent, the others wait for its answer.

/** What those that waited are told. */
export interface Arrival {
  /** What the engine says of the response, for other machines; empty if they cannot have it. */
  shared: string;
  /** A copy of the reply for each of them; none where the response is in the store. */
  reply: Response | undefined;
  /** Whether nothing came of it at all: no answer from the network. */
  failed: boolean;
}

/** The requests that are under way. */
export interface Together {
  isFirst(key: string, onArrival: (arrival: Arrival) => void): boolean;
  land(key: string): ((arrival: Arrival) => void)[];
}

/** The requests of a host. */
export class Flights implements Together {
  #waiting = new Map<string, ((arrival: Arrival) => void)[]>();

  /** Whether this one is the first of its kind; otherwise `onArrival` is called when the first has its answer. */
  isFirst(key: string, onArrival: (arrival: Arrival) => void): boolean {
    const waiting = this.#waiting.get(key);
    if (waiting) waiting.push(onArrival);
    else this.#waiting.set(key, []);
    return !waiting;
  }

  /** Whether anybody waits for this one. */
  isAwaited(key: string): boolean {
    return (this.#waiting.get(key)?.length ?? 0) > 0;
  }

  /** Ends a flight, and gives those that waited for it. */
  land(key: string): ((arrival: Arrival) => void)[] {
    const waiting = this.#waiting.get(key) ?? [];
    this.#waiting.delete(key);
    return waiting;
  }
}
