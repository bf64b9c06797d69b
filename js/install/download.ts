// Downloads of which nothing is needed before all of it is there (packs, updates): one that breaks off goes on where it
// stopped, now or in the next install, if the server knows ranges (RFC 9110, section 14).

import type { CacheStore } from '../worker/cache-storage.js';
import { fetchPatiently, inTime, SILENCE, SLOWEST, unfit } from './patience.js';

declare const self: ServiceWorkerGlobalScope;

/** What was downloaded, and the response that it came with. */
export interface Download {
  bytes: Uint8Array<ArrayBuffer>;
  response: Response;
}

/** Milliseconds after which what has come is written down: a worker may be stopped at any time. */
const SAVED_EVERY = 2000;

/** How often a download is taken up again in one install. */
const TRIES = 3;

/** The entry that has the first part of a download. */
const partOf = (path: string) => `/keepfresh-part/${path}`;

/**
 * Downloads what lies under a path of the scope.
 *
 * @param coming a response to it that was asked for already.
 * @throws if it cannot be had whole. Its bytes are not verified.
 */
export async function download(
  store: CacheStore,
  path: string,
  coming?: Promise<Response | undefined>,
): Promise<Download> {
  const parts = new Parts(store, path);
  for (let left = TRIES; ; left--) {
    try {
      const response = (await coming) ?? (await parts.fetch());
      coming = undefined;
      if (!response.ok) throw unfit(response);
      await parts.read(response);
      return { bytes: await parts.joined(), response };
    } catch (error) {
      coming = undefined;
      await parts.save().catch(() => {});
      if (left <= 1 || !parts.length) throw error;
    }
  }
}

/** What has come so far. */
class Parts {
  length = 0;
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #saved = Date.now();

  constructor(
    readonly store: CacheStore,
    readonly path: string,
  ) {}

  /** Asks for what is missing. */
  async fetch(): Promise<Response> {
    if (!this.length) {
      const stored = await this.store.match(this.store.pages, partOf(this.path));
      if (stored) this.#add(new Uint8Array(await stored.arrayBuffer()));
    }
    const url = self.registration.scope + this.path;
    const whole = () => fetchPatiently(url, {}, TRIES);
    if (!this.length) return whole();
    const rest = await fetchPatiently(url, { headers: { range: `bytes=${this.length}-` } }, TRIES);
    if (rest.headers.get('content-range')?.startsWith(`bytes ${this.length}-`)) return rest;
    // This server gives all or nothing, or what was stored is no part of what it has.
    this.#parts = [];
    this.length = 0;
    return rest.status === 200 ? rest : whole();
  }

  /** Reads a body to its end. */
  async read({ body }: Response): Promise<void> {
    const reader = body!.getReader();
    // How late it is, from a moment on, for what has come. A byte now and then is no more than silence.
    const late = () => Date.now() - this.length / SLOWEST;
    const begun = late();
    try {
      for (;;) {
        const { done, value } = await inTime(reader.read(), SILENCE + Math.min(0, begun - late()));
        if (done) return;
        this.#add(value);
        if (Date.now() - this.#saved > SAVED_EVERY) await this.save();
      }
    } finally {
      reader.cancel().catch(() => {});
    }
  }

  async joined(): Promise<Uint8Array<ArrayBuffer>> {
    await (await caches.open(this.store.pages)).delete(partOf(this.path));
    return this.#join();
  }

  async save(): Promise<void> {
    this.#saved = Date.now();
    if (!this.length) return;
    await this.store.put(this.store.pages, partOf(this.path), new Response(this.#join()));
  }

  #join(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.length);
    this.#parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
    return whole;
  }

  #add(part: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(part);
    this.length += part.length;
  }
}
