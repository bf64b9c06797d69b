// Sending what waits: each queue in its order, until a request fails that those behind it wait for.

import { discard } from '../host/body.js';
import { failed, of, type Report } from '../host/host.js';
import { rebuilt, type QueueStore, type Waiting } from './queue-store.js';
import { pages, tell } from './queue-told.js';
import { retryAfter } from './send.js';

/** Milliseconds after which a request that was sent has failed: the others are not to wait for ever. */
const PATIENCE = 300_000;

/** What is sent: what is due; with a sign that there is a network, what has failed as well; or, where a page says so, whatever waits. */
export type Which = 'due' | 'failed' | 'all';
const WHICH: Which[] = ['due', 'failed', 'all'];

/** Sends a request on: what comes of it, and when all that follows from that is written; nothing if no route is for it any more. */
export type Send = (request: Request) => { answer: Promise<Report>; done: Promise<void> } | undefined;

/** Settle when what answers have changed is written: then the worker may be stopped. Each event has its own: one may never end. */
export type Written = Promise<void>[];

/** How often a request is tried with each sign of a network, though it has no answer. */
const MOST_AT_ONCE = 10;

export class QueueSender {
  #sending: Promise<number> | undefined;
  #next: Promise<number> | undefined;
  /** What is to be sent, as a place in `WHICH`. */
  #which = 0;
  /** Whether something may be waiting: a worker that has just started does not know. */
  #mayWait = true;
  /** What is on its way for the first time, by its place in the order. */
  readonly #first = new Map<number, string>();
  readonly #ended: number[] = [];

  constructor(
    readonly store: QueueStore,
    readonly send: Send,
  ) {}

  /** A request is on its way for the first time: what came after it does not go late before it. */
  begin(id: number, queue: string): void {
    this.#first.set(id, queue);
  }

  /** It is over, or waits. While the store is read it may have been kept before the place that is read: it counts until then. */
  end(id: number): void {
    this.#ended.push(id);
    if (!this.#sending) this.#forgetEnded();
  }

  #forgetEnded(): void {
    for (const id of this.#ended.splice(0)) this.#first.delete(id);
  }

  /** Whether it may wait: what was on its way when all was discarded may not. */
  isUnderWay(id: number): boolean {
    return this.#first.has(id);
  }

  /** Keeps a request, behind what waits already. */
  async keep(one: Waiting): Promise<void> {
    await this.store.add(one);
    this.#mayWait = true;
    await tell('queued', one);
  }

  /** Lets go of requests, all if none are named, and gives how many. */
  async discard(ids?: number[]): Promise<number> {
    if (!ids) this.#first.clear();
    let count = 0;
    for await (const one of this.store.all()) {
      if (ids && !ids.includes(one.id)) continue;
      await this.store.remove(one);
      await tell('discarded', one);
      count++;
    }
    return count;
  }

  async retry(written?: Written): Promise<void> {
    if (this.#mayWait) await this.all('due', written);
  }

  /** Sends what waits, and once more after that if it was asked for meanwhile: for who asks first. Gives how many still wait. */
  all(which: Which, written: Written = []): Promise<number> {
    this.#which = Math.max(this.#which, WHICH.indexOf(which));
    // What that one fails with is no fault of the next.
    if (this.#sending) return (this.#next ??= this.#sending.catch(() => 0).then(() => this.all('due', written)));
    const end = () => {
      this.#sending = this.#next = undefined;
      this.#forgetEnded();
    };
    return (this.#sending = this.#each(written).finally(end));
  }

  /** Sends one, as it is. */
  async one(request: Request, written: Written): Promise<Report> {
    const sent = this.send(request);
    if (!sent) return fetch(request).then((response) => ({ ...of('network'), response }), failed);
    written.push(sent.done);
    return sent.answer;
  }

  async #each(written: Written): Promise<number> {
    const which = WHICH[this.#which];
    this.#which = 0;
    const stuck = new Set<string>();
    for await (const one of this.store.all()) {
      if (stuck.has(one.queue)) continue;
      const due = { due: one.next, failed: one.until ?? 0, all: 0 }[which!];
      const isBehind = [...this.#first].some(([id, queue]) => queue === one.queue && id < one.id);
      const isEarly = due > Date.now() && Date.now() >= (one.tried ?? 0);
      if (isEarly || isBehind || !(await this.#again(one, written))) stuck.add(one.queue);
    }
    const left = await this.store.count();
    this.#mayWait = left > 0;
    return left;
  }

  /** Whether it need not be sent again. */
  async #again(one: Waiting, written: Written): Promise<boolean> {
    const read = new AbortController();
    const late = setTimeout(() => read.abort(), PATIENCE);
    const { response, failure } = await this.one(new Request(rebuilt(one), { signal: read.signal }), written);
    clearTimeout(late);
    const { status, type } = response;
    // Nobody wants the rest, and a server is given few connections.
    discard(response);
    read.abort();
    // A redirect that is not followed is the answer to what was accepted.
    const isDone = response.ok || type === 'opaque' || type === 'opaqueredirect';
    const isLater = status >= 500 || status === 429 || status === 408;
    // Of a refusal somebody has to hear, who may have what the server wants: it is asked again when there is a page.
    const isUnheard = !isDone && (await pages()).length === 0;
    if (!failure && !isLater && !isUnheard) {
      await this.store.remove(one);
      await tell(isDone ? 'sent' : 'refused', one, status);
      return true;
    }
    // At first after a second, at last after about an hour. Without an answer there may just have been no network; after so many
    // times it is the request.
    const last = failure ? one.tries - MOST_AT_ONCE : one.tries;
    const wanted = failure ? 0 : retryAfter(response) * 1000;
    const pause = last < 0 ? 0 : wanted || 1000 * 2 ** Math.min(last, 12);
    const now = Date.now();
    await this.store.update({ ...one, tries: one.tries + 1, tried: now, next: now + pause, until: now + wanted });
    return false;
  }
}
