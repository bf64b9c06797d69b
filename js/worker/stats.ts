// What became of all requests, counted: for pages that show it, and for whoever asks `__keepfresh/stats` of the scope.

import type { CacheStore } from './cache-storage.js';
import type { Counts, Source } from '../page/counted.js';
import type { Report } from '../host/host.js';

/** Upper bounds of the classes that times are counted in, in milliseconds. */
const CLASSES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

/** How many kinds of outcomes are told apart. */
const MOST = 100;

/** Where the answer comes from that tells of all others. */
const OWN = 'stats';

/** How often it is written down, in milliseconds. */
const PAUSE = 5000;

/** Where what is written down lies among the store's records of itself. */
const PLACE = '/keepfresh-stats';

const source = (): Source => ({ requests: 0, bytes: 0, milliseconds: [...CLASSES, 0].map(() => 0) });

export class Stats {
  #counts: Promise<Counts> | undefined;
  #written = 0;

  constructor(
    readonly store: CacheStore,
    readonly scope: string,
  ) {}

  /** Counts an answer. */
  async add({ response, from, status }: Report, milliseconds: number): Promise<void> {
    if (from === OWN) return;
    const counts = await (this.#counts ??= this.#read());
    const isOfNetwork = ['failure', 'network', 'reply'].includes(from);
    const one = isOfNetwork ? counts.network : counts.store;
    const words = status.split('; ').filter((word) => /^(hit|fwd=|collapsed|detail=)/.test(word));
    const outcome = words.join('; ');
    if (outcome in counts.outcomes || Object.keys(counts.outcomes).length < MOST) {
      counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1;
    }
    one.requests++;
    one.bytes += Number(response.headers.get('content-length')) || 0;
    const place = CLASSES.findIndex((bound) => milliseconds <= bound);
    one.milliseconds[place < 0 ? CLASSES.length : place]!++;
    await this.#write(counts);
  }

  /** The answer to a request for what was counted; nothing if it is for something else. */
  answer({ method, url }: Request): Promise<Report> | undefined {
    if (method !== 'GET' || url.split('?', 1)[0] !== `${this.scope}__keepfresh/stats`) return undefined;
    const answer = async () => {
      const counts = await (this.#counts ??= this.#read());
      const told = { ...counts, evicted: counts.evicted + this.#evicted() };
      const response = Response.json(told, { headers: { 'cache-control': 'no-store' } });
      return { response, from: OWN, age: '', status: 'keepfresh' };
    };
    return answer();
  }

  /** How many of this worker's own. */
  #evicted(): number {
    return this.store.ledger?.evicted ?? 0;
  }

  async #read(): Promise<Counts> {
    const none = { since: Date.now(), outcomes: {}, store: source(), network: source(), bounds: CLASSES, evicted: 0 };
    try {
      const written = await this.store.match(`${this.store.prefix}stats`, PLACE);
      const counts = (await written?.json()) as Counts | undefined;
      return counts?.bounds.length === CLASSES.length ? counts : none;
    } catch {
      return none;
    }
  }

  async #write(counts: Counts): Promise<void> {
    const now = Date.now();
    if (now - this.#written < PAUSE) return;
    this.#written = now;
    try {
      const cache = await caches.open(`${this.store.prefix}stats`);
      await cache.put(PLACE, Response.json({ ...counts, evicted: counts.evicted + this.#evicted() }));
    } catch {
      // Then it is counted from here on.
    }
  }
}
