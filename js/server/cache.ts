// A cache outside of browsers: requests go through it, to whoever answers them.

import type { CacheOptions } from './cache-options.js';
import { Decision, Decisions } from './decision.js';
import { PATIENCE, type Patient } from '../host/flights.js';
import { Forgets } from '../host/forgets.js';
import type { Host, Report } from '../host/host.js';
import { InFlight } from './in-flight.js';
import { asTold, invalidationBy, SAFE } from './invalidation.js';
import { Journey } from '../host/journey.js';
import { KnownRecords } from './known.js';
import { ask, writeRequest } from '../host/machine.js';
import { apart } from '../host/multipart.js';
import { memoryStore } from './memory-store.js';
import { asShared } from './plain-store.js';
import { held } from './read-body.js';
import { engineFor, type Records, recordsOf } from './engine.js';
import { withFields } from './redirects.js';
import { Session } from './session.js';
import type { Invalidation, SharedStore } from './shared-store.js';
import { LONG } from '../host/store.js';

/** Answers a request. */
export type Origin = (request: Request) => Promise<Response>;

/** What all caches of this process have read. */
const known = new KnownRecords();

export class Cache {
  readonly warn: (message: string, error: unknown) => void;
  readonly #decisions: Decisions;
  readonly #store: SharedStore;
  readonly #records: Records;
  readonly #shell: Omit<Host, 'drafts' | 'flights' | 'send' | 'store' | 'turns' | 'write'>;
  readonly #underWay = new Set<Promise<void>>();
  readonly #inFlight: InFlight;
  readonly #patience: number;

  constructor({ shared = false, store = memoryStore(), now = Date.now, ...options }: CacheOptions & Patient = {}) {
    const { patience = PATIENCE, targets = shared ? ['CDN-Cache-Control'] : [] } = options;
    this.#patience = patience;
    this.warn = options.onWarning ?? ((what, error) => console.warn(`keepfresh: ${what}:`, error));
    const engine = engineFor(shared, targets);
    const records = recordsOf(engine, now);
    this.#decisions = new Decisions(engine, known.tell);
    this.#records = records;
    this.#store = 'isShared' in store ? store : asShared(store, records);
    this.#inFlight = new InFlight(store, patience);
    this.#shell = {
      forgets: new Forgets(),
      apart,
      fieldsOf: known.fieldsOf,
      tellFound: (machine, found, now) =>
        machine instanceof Decision ? machine.found(found, now) : known.tell(machine, found, now),
      now,
      warn: this.warn,
      held: (reply) => held(reply, LONG),
      find: async () => undefined,
      keepAsset: async () => {},
    };
  }

  /**
   * Takes a request through the cache, and if need be to the origin server.
   *
   * @param signal says that nobody waits any more, if anybody can. The origin server is asked on for others that wait for the
   * same answer.
   * @param mayWait whether it may wait for others that ask the same.
   */
  async exchange(request: Request, origin: Origin, signal?: AbortSignal, mayWait = true): Promise<Report> {
    const machine = this.#decisions.begin(writeRequest(request));
    if (!machine) throw new TypeError('the cache could not begin');
    const session = new Session(this.#store, this.#records);
    const { isAwaited, ...inCommon } = this.#inFlight.of(session, mayWait);
    const asking = new AbortController();
    /** What became of the request by somebody else's. */
    let told: string | null = null;
    const send: Host['send'] = async (original, fields, _, collapses) => {
      session.asks();
      told = null;
      // What hosts of other kinds know of a request would be lost with a new one.
      const isOurs = collapses && signal && original.constructor === Request;
      const asked = withFields(original, fields, isOurs ? asking.signal : undefined);
      if (!this.#store.lead || !mayWait || !collapses) return origin(asked);
      const key = ask(machine, 'key');
      try {
        session.lead = await this.#store.lead(key, session.found(key), this.#patience);
      } catch (error) {
        this.warn('nobody knows whether somebody else asks the same', error);
        return origin(asked);
      }
      // Something else is there by now.
      if (session.lead) return origin(asked).finally(() => session.lead!.begins?.());
      const { response, failure } = await this.exchange(asked, origin, undefined, false);
      if (failure) throw failure;
      // This is one cache, which says once what became of the request.
      told = response.headers.get('cache-status');
      response.headers.delete('cache-status');
      return response;
    };
    // What is invalidated goes from the store in one step, for all who have it.
    const write: Host['write'] = (_, one) => {
      const what = invalidationBy(machine, one);
      if (!what) session.stores();
      return what && session.invalidates(() => this.#invalidate(what));
    };
    const journey = new Journey({ ...this.#shell, ...inCommon, send, store: session, write }, machine, request);
    const abort = () => {
      journey.abort(signal!.reason);
      if (!isAwaited()) asking.abort(signal!.reason);
    };
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const done = journey.done.finally(() => {
      signal?.removeEventListener('abort', abort);
      this.#underWay.delete(done);
      return session.lead?.end().catch((error) => this.warn('others wait longer than they need', error));
    });
    this.#underWay.add(done);
    const report = await journey.answer.catch(async (error) => {
      if (!journey.isBroken || request.bodyUsed) throw error;
      this.warn('a request goes to the network', error);
      return { response: await origin(request), from: 'network', age: '', status: '' };
    });
    // A stale response that was served before that has nothing to do with it.
    if (told !== null && /; fwd=/.test(report.status)) report.response.headers.set('cache-status', told);
    // Who has changed something sees no more of what that has invalidated; a body that is stored may take its time.
    if (!SAFE.includes(request.method)) await Promise.race([journey.done, session.storing]);
    return report;
  }

  /** Settles when nobody is given any of it any more, and nothing of it is stored that was asked for before. */
  async invalidate(what: Invalidation): Promise<void> {
    await this.#invalidate(asTold(what));
  }

  async #invalidate(what: Invalidation): Promise<void> {
    this.#inFlight.part();
    await this.#store.invalidate(what);
    this.#inFlight.part();
  }

  /** Settles when everything is written that the requests so far have led to. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
