// What requests outside of browsers have in common while they are under way: answers, and what is being written.

import { discard } from '../host/body.js';
import { type Arrival, type Flight, Flights } from '../host/flights.js';
import type { Host } from '../host/host.js';
import type { Session } from './session.js';
import type { SharedStore } from './shared-store.js';
import { Drafts, type Store, Turns } from '../host/store.js';

/** What a request has in common with others while it is under way. */
export interface InCommon extends Pick<Host, 'drafts' | 'flights' | 'turns'> {
  /** Whether others wait for what it asks for, or are reading what came. */
  isAwaited(): boolean;
}

/** Who asks on behalf of somebody that others wait for does not wait for them. */
const ALONE = { flights: { enter: () => ({ waiting: [], land: () => [] }) }, isAwaited: () => false };

/**
 * Whoever has the same store of one process finds what others write to it, and writes after them: a slot is free for one. A store
 * that others write to sees to that itself, by its versions; at the edge, nobody may wait for another's request.
 */
const known = new WeakMap<Store, { drafts: Drafts; turns: Turns }>();

export class InFlight {
  readonly #written: { drafts: Drafts; turns: Turns };
  readonly #flights: Flights;
  #epoch = 0;

  /**
   * @param store what is written goes to it.
   * @param patience for how long requests wait for each other, in milliseconds.
   */
  constructor(store: Store | SharedStore, patience: number) {
    const isAlone = !('isShared' in store);
    this.#written = (isAlone && known.get(store)) || { drafts: new Drafts(), turns: new Turns() };
    if (isAlone) known.set(store, this.#written);
    this.#flights = new Flights(patience);
  }

  /** Something was invalidated: whoever comes from now on does not wait for what was asked for before. */
  part(): void {
    this.#epoch += 1;
  }

  /** What a request that begins now has in common with others. */
  of(session: Session, mayWait: boolean): InCommon {
    const epoch = this.#epoch;
    const { drafts, turns } = this.#written;
    const { isClosed } = session.store;
    let isRead = false;
    const onFound = () => void (isRead = true);
    const { flights, isAwaited } = mayWait ? this.#together(session, epoch, onFound) : ALONE;
    return {
      drafts: {
        find: (key) => {
          const draft = isClosed && drafts.find(key);
          if (!draft) return undefined;
          if (isClosed(key, draft.record, draft.since?.())) {
            // Whoever gives a body up waits for all its copies.
            discard(draft.body);
            return undefined;
          }
          draft.onFound?.();
          return draft;
        },
        get moment() {
          return drafts.moment;
        },
        hasPassed: (key, moment) => drafts.hasPassed(key, moment),
        pass: (key, placed) => drafts.pass(key, placed),
        show: (key, draft, written) => {
          // Where others write, too, nobody knows yet what comes of it.
          if (!isClosed) return discard(draft.body);
          // What the request itself invalidates, it does after this.
          const since = () => session.since;
          drafts.show(key, { ...draft, since, onFound }, written);
        },
      },
      flights,
      turns,
      isAwaited: () => isRead || isAwaited(),
    };
  }

  /** Flights are shared by those who have seen the same: between others something may have been invalidated, by whomever. */
  #together(session: Session, epoch: number, onFound: () => void): Pick<InCommon, 'flights' | 'isAwaited'> {
    let flight: Flight | undefined;
    const land = () => {
      const waiting = flight!.land();
      flight = undefined;
      return waiting.map((tell) => (arrival: Arrival) => {
        if (arrival.reply) onFound();
        tell(arrival);
      });
    };
    const enter: Host['flights']['enter'] = (key, onArrival) => {
      flight = this.#flights.enter(`${epoch}\n${session.moment}\n${key}`, onArrival);
      return flight && { ...flight, land };
    };
    return { flights: { enter }, isAwaited: () => (flight?.waiting.length ?? 0) > 0 };
  }
}
