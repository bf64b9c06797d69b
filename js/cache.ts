// A cache outside of browsers: requests go through it, to whoever answers them.

import { Engine, initSync } from '../target/wasm/keepfresh.js';
import type { CacheOptions } from './cache-options.js';
import { Flights } from './flights.js';
import { Forgets } from './forgets.js';
import type { Host, Report } from './host.js';
import { Journey } from './journey.js';
import { KnownRecords } from './known.js';
import { ask, writeRequest } from './machine.js';
import { memoryStore } from './memory-store.js';
import { asShared } from './plain-store.js';
import { type Records, recordsOf } from './records.js';
import { withFields } from './redirects.js';
import { Session } from './session.js';
import type { Invalidation, SharedStore } from './shared-store.js';
import { Drafts, Turns } from './store.js';
import { wasmBytes } from './wasm.js';
import type { Write } from './write.js';

/** Answers a request. */
export type Origin = (request: Request) => Promise<Response>;

let isReady = false;

export class Cache {
  readonly warn: (message: string, error: unknown) => void;
  readonly #engine: Engine;
  readonly #store: SharedStore;
  readonly #records: Records;
  readonly #shell: Omit<Host, 'drafts' | 'flights' | 'send' | 'store'>;
  readonly #drafts = new Drafts();
  readonly #flights = new Flights();
  readonly #underWay = new Set<Promise<void>>();
  /** How much was invalidated: nobody waits for what was asked for before. */
  #epoch = 0;

  constructor({ shared = false, store = memoryStore(), now = Date.now, ...options }: CacheOptions = {}) {
    if (!isReady) initSync({ module: wasmBytes() });
    isReady = true;
    const { targets = shared ? ['CDN-Cache-Control'] : [] } = options;
    this.warn = options.onWarning ?? ((what, error) => console.warn(`keepfresh: ${what}:`, error));
    const engine = new Engine([shared ? 'shared' : 'private', ...targets].join('\n').toLowerCase());
    const records = recordsOf(engine, now);
    const { fieldsOf, tell } = new KnownRecords();
    this.#engine = engine;
    this.#records = records;
    this.#store = 'isShared' in store ? store : asShared(store, records);
    this.#shell = {
      forgets: new Forgets(),
      turns: new Turns(),
      fieldsOf,
      tellFound: tell,
      now,
      warn: this.warn,
      write: (machine, write) => this.#invalidates(machine.tell.bind(machine), write),
      find: async () => undefined,
      keepAsset: async () => {},
    };
  }

  /** Takes a request through the cache, and if need be to the origin server. */
  async exchange(request: Request, origin: Origin, mayWait = true): Promise<Report> {
    const machine = this.#engine.begin(writeRequest(request));
    if (!machine) throw new TypeError('the cache could not begin');
    const session = new Session(this.#store, this.#records);
    const send: Host['send'] = async (original, fields, _, collapses) => {
      session.asks();
      const asked = withFields(original, fields);
      if (!this.#store.lead || !mayWait || !collapses) return origin(asked);
      const key = ask(machine, 'key');
      try {
        session.lead = await this.#store.lead(key, session.found(key));
      } catch (error) {
        this.warn('nobody knows whether somebody else asks the same', error);
        return origin(asked);
      }
      // Something else is there by now.
      return session.lead ? origin(asked) : (await this.exchange(asked, origin, false)).response;
    };
    const journey = new Journey({ ...this.#shell, ...this.#together(session), send, store: session }, machine, request);
    const abort = () => journey.abort(request.signal.reason);
    if (request.signal.aborted) abort();
    request.signal.addEventListener('abort', abort, { once: true });
    const done = journey.done.finally(() => {
      request.signal.removeEventListener('abort', abort);
      this.#underWay.delete(done);
      return session.lead?.end().catch((error) => this.warn('others wait longer than they need', error));
    });
    this.#underWay.add(done);
    return journey.answer.catch(async (error) => {
      if (!journey.isBroken || request.bodyUsed) throw error;
      this.warn('a request goes to the network', error);
      return { response: await origin(request), from: 'network', age: '', status: '' };
    });
  }

  /** Settles when nobody is given any of it any more, and nothing of it is stored that was asked for before. */
  async invalidate({ groups, ...what }: Invalidation): Promise<void> {
    await this.#invalidate({ ...what, ...(groups && { groups: groups.map(escaped) }) });
  }

  async #invalidate(what: Invalidation): Promise<void> {
    this.#epoch += 1;
    await this.#store.invalidate(what);
    this.#epoch += 1;
  }

  /** Settles when everything is written that the requests so far have led to. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** What requests of a moment have in common. */
  #together(session: Session): Pick<Host, 'drafts' | 'flights'> {
    const epoch = this.#epoch;
    const { isClosed } = this.#store;
    return {
      drafts: {
        find: (key) => {
          const draft = isClosed && this.#drafts.find(key);
          return draft && !isClosed(key, draft.record, draft.since) ? draft : undefined;
        },
        show: (key, draft, written) => this.#drafts.show(key, { ...draft, since: session.since }, written),
      },
      flights: {
        isFirst: (key, onArrival) => this.#flights.isFirst(`${epoch}\n${key}`, onArrival),
        land: (key) => this.#flights.land(`${epoch}\n${key}`),
      },
    };
  }

  /** Has the store carry out what a write invalidates. */
  #invalidates(
    tell: (question: string, asked: number, now: number) => string,
    write: Write,
  ): Promise<void> | undefined {
    const { kind, key, number } = write;
    if (kind === 'remove') return this.#invalidate({ keys: [key] });
    if (kind === 'clear') return this.#invalidate({ origin: key });
    if (kind !== 'groups') return undefined;
    return this.#invalidate({ origin: key, groups: tell(`groups\n${number}`, 0, 0).split('\n') });
  }
}

/** A group's name as it stands in fields (RFC 9651, section 3.3.3), which is how the engine knows it. */
export function escaped(name: string): string {
  return name.replace(/["\\]/g, '\\$&');
}
