// What requests outside of browsers have in common while they are under way: answers, and what is being written.

import { Flights } from './flights.js';
import type { Host } from './host.js';
import type { Session } from './session.js';
import { Drafts } from './store.js';

/** Who asks on behalf of somebody that others wait for does not wait for them. */
const ALONE: Host['flights'] = { isFirst: () => true, land: () => [] };

export class InFlight {
  readonly #drafts = new Drafts();
  readonly #flights = new Flights();
  #epoch = 0;

  /** Something was invalidated: whoever comes from now on does not wait for what was asked for before. */
  part(): void {
    this.#epoch += 1;
  }

  /** What a request that begins now has in common with others. */
  of(session: Session, mayWait: boolean): Pick<Host, 'drafts' | 'flights'> {
    const epoch = this.#epoch;
    const { isClosed } = session.store;
    return {
      drafts: {
        find: (key) => {
          const draft = isClosed && this.#drafts.find(key);
          return draft && !isClosed(key, draft.record, draft.since) ? draft : undefined;
        },
        // Where others write, too, nobody knows yet what comes of it.
        show: (key, draft, written) =>
          isClosed
            ? this.#drafts.show(key, { ...draft, since: session.since }, written)
            : void draft.body?.body?.cancel(),
      },
      flights: mayWait ? this.#together(session, epoch) : ALONE,
    };
  }

  /** Flights are shared by those who have seen the same: between others something may have been invalidated, by whomever. */
  #together(session: Session, epoch: number): Host['flights'] {
    let seen = '';
    return {
      isFirst: (key, onArrival) => {
        seen = `${epoch}\n${session.moment}\n`;
        return this.#flights.isFirst(seen + key, onArrival);
      },
      land: (key) => this.#flights.land(seen + key),
    };
  }
}
