// What requests outside of browsers have in common while they are under way: answers, and what is being written.

import { discard } from './body.js';
import { Flights } from './flights.js';
import type { Host } from './host.js';
import type { Session } from './session.js';
import { Drafts } from './store.js';

/** What a request has in common with others while it is under way. */
export interface InCommon extends Pick<Host, 'drafts' | 'flights'> {
  /** Whether others wait for what it asks for, or are reading what came. */
  isAwaited(): boolean;
}

/** Who asks on behalf of somebody that others wait for does not wait for them. */
const ALONE = { flights: { isFirst: () => true, land: () => [] }, isAwaited: () => false };

export class InFlight {
  readonly #drafts = new Drafts();
  readonly #flights = new Flights();
  #epoch = 0;

  /** Something was invalidated: whoever comes from now on does not wait for what was asked for before. */
  part(): void {
    this.#epoch += 1;
  }

  /** What a request that begins now has in common with others. */
  of(session: Session, mayWait: boolean): InCommon {
    const epoch = this.#epoch;
    const { isClosed } = session.store;
    let isRead = false;
    const onFound = () => void (isRead = true);
    const { flights, isAwaited } = mayWait ? this.#together(session, epoch, onFound) : ALONE;
    return {
      drafts: {
        find: (key) => {
          const draft = isClosed && this.#drafts.find(key);
          if (!draft || isClosed(key, draft.record, draft.since)) return undefined;
          draft.onFound?.();
          return draft;
        },
        // Where others write, too, nobody knows yet what comes of it.
        show: (key, draft, written) =>
          isClosed ? this.#drafts.show(key, { ...draft, since: session.since, onFound }, written) : discard(draft.body),
      },
      flights,
      isAwaited: () => isRead || isAwaited(),
    };
  }

  /** Flights are shared by those who have seen the same: between others something may have been invalidated, by whomever. */
  #together(session: Session, epoch: number, onFound: () => void): Omit<InCommon, 'drafts'> {
    let name: string | undefined;
    const flights: Host['flights'] = {
      isFirst: (key, onArrival) => {
        const all = `${epoch}\n${session.moment}\n${key}`;
        const isFirst = this.#flights.isFirst(all, onArrival);
        name = isFirst ? all : undefined;
        return isFirst;
      },
      land: () => {
        const waiting = this.#flights.land(name!);
        name = undefined;
        return waiting.map((tell) => (arrival) => {
          if (arrival.reply) onFound();
          tell(arrival);
        });
      },
    };
    return { flights, isAwaited: () => name !== undefined && this.#flights.isAwaited(name) };
  }
}
