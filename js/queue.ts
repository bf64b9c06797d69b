// Requests that change something and did not reach the network: kept in IndexedDB, in order, and sent when there is a
// network again. A page is told 202 once its request is on the disk, and not before.

import type { Machine } from '../target/wasm/keepfresh.js';
import { failed, of, type Report } from './host.js';
import { ask } from './machine.js';
import { QUEUE } from './parts.js';
import { retryAfter } from './send.js';
import { QueueStore, rebuilt, type Waiting, waitingOf } from './queue-store.js';
import { pages, tell } from './queue-told.js';

declare const self: ServiceWorkerGlobalScope & {
  registration: { sync?: { register(tag: string): Promise<void> } };
};

/** How many wait at most, and how large one may be: what is more fails, as it would without a queue. */
const MOST = 1000;
const MOST_BYTES = 8 * 1024 * 1024;

/** What Background Sync calls it. */
const SYNC = 'keepfresh:queue';

export class Queue {
  readonly #store: QueueStore;
  #sending: Promise<number> | undefined;
  #next: Promise<number> | undefined;
  /** Whether what is to be waited for is not. */
  #isAsked = false;
  /** Whether something may be waiting: a worker that has just started does not know. */
  #mayWait = true;

  /** @param send sends a request on, and tells what came of it; nothing if no route is for it any more. */
  constructor(
    name: string,
    readonly send: (request: Request) => Promise<Report> | undefined,
  ) {
    this.#store = new QueueStore(name);
    self.addEventListener('sync' as 'activate', (event) => this.#onSync(event));
    self.addEventListener('message', (event) => {
      const { data, ports } = event;
      if (!String(data?.type).startsWith('keepfresh:queue')) return;
      event.waitUntil(this.#onMessage(data.type).then((answer) => ports[0]?.postMessage(answer)));
    });
  }

  /** Sends a request of a queue, or keeps it: behind what waits already, so that the order stays. */
  answer(event: FetchEvent, machine: Machine): Promise<Report> | undefined {
    const queue = event.request.method !== 'GET' && ask(machine, 'extras').split(' ')[QUEUE];
    if (!queue) return undefined;
    machine.free();
    const answer = this.#answer(event.request, queue);
    event.waitUntil(answer.then(() => this.#retry()).catch(() => {}));
    return answer;
  }

  async #answer(request: Request, queue: string): Promise<Report> {
    const one = await waitingOf(request, queue);
    // A form that a page sends wants a page in return, and nothing else.
    if (request.mode === 'navigate') return this.#send(request);
    const isBehind = (await this.#store.count(queue).catch(() => 0)) > 0;
    // As the page made it.
    const first = () => this.#send(new Request(request, { headers: one.headers as [string, string][] }));
    const report = isBehind ? undefined : await first();
    // What its page does not want any more is not sent later.
    if (report && (!report.failure || request.signal.aborted)) return report;
    const isMore = one.body.byteLength > MOST_BYTES || (await this.#store.count()) >= MOST;
    // Nor does it go before what waits.
    if (isMore || request.signal.aborted) return report ?? failed(new Error('it cannot wait behind others'));
    await this.#store.put({ ...one, tries: isBehind ? 0 : 1 });
    this.#mayWait = true;
    await tell('queued', one);
    await self.registration.sync?.register(SYNC).catch(() => {});
    const response = new Response(null, { status: 202, statusText: 'Accepted', headers: { 'cache-status': QUEUED } });
    return { response, ...of('empty', QUEUED) };
  }

  /** An answer of the network is the sign that there is one: where there is no Background Sync, the only one. */
  notice(answer: Promise<Report>): Promise<unknown> {
    return answer.then(({ from }) => (from === 'reply' ? this.#retry() : undefined)).catch(() => {});
  }

  /** Answers a page: what waits; or how much, once it was tried. */
  async #onMessage(type: string): Promise<unknown> {
    if (type === 'keepfresh:queue-send') return this.#sendAll(true);
    const waiting = [];
    for await (const { body: _, headers: __, ...one } of this.#store.all()) waiting.push(one);
    return waiting;
  }

  /** The browser tries again if anything is left. */
  #onSync(event: ExtendableEvent & { tag?: string }): void {
    const send = async () => {
      if ((await this.#sendAll(true)) > 0) throw new Error('keepfresh: requests still wait');
    };
    if (event.tag === SYNC) event.waitUntil(send());
  }

  async #retry(): Promise<void> {
    if (this.#mayWait) await this.#sendAll(false);
  }

  /** Sends what waits, and once more after that if it was asked for meanwhile. Gives how many still wait. */
  #sendAll(isAsked: boolean): Promise<number> {
    this.#isAsked ||= isAsked;
    if (this.#sending) return (this.#next ??= this.#sending.then(() => this.#sendAll(false)));
    const end = () => (this.#sending = this.#next = undefined);
    return (this.#sending = this.#sendEach().finally(end));
  }

  /** Each queue in its order until one fails. */
  async #sendEach(): Promise<number> {
    const isAsked = this.#isAsked;
    this.#isAsked = false;
    const stuck = new Set<string>();
    for await (const one of this.#store.all()) {
      if (stuck.has(one.queue)) continue;
      const isDue = isAsked || one.next <= Date.now();
      if (!isDue || !(await this.#sendOne(one))) stuck.add(one.queue);
    }
    const left = await this.#store.count();
    this.#mayWait = left > 0;
    return left;
  }

  /** Whether it need not be sent again. */
  async #sendOne(one: Waiting): Promise<boolean> {
    const { response, failure } = await this.#send(rebuilt(one));
    const { status } = response;
    const isDone = response.ok || response.type === 'opaque';
    const isLater = status >= 500 || status === 429 || status === 408;
    // Of a refusal somebody has to hear, who may have what the server wants: it is asked again when there is a page.
    const isUnheard = !isDone && (await pages()).length === 0;
    if (!failure && !isLater && !isUnheard) {
      await this.#store.remove(one);
      await tell(isDone ? 'sent' : 'refused', one, status);
      return true;
    }
    // At first after a second, at last after about an hour.
    const pause = failure ? 0 : retryAfter(response) * 1000 || 1000 * 2 ** Math.min(one.tries, 12);
    await this.#store.put({ ...one, tries: one.tries + 1, next: Date.now() + pause });
    return false;
  }

  async #send(request: Request): Promise<Report> {
    return this.send(request) ?? fetch(request).then((response) => ({ ...of('network'), response }), failed);
  }
}

const QUEUED = 'keepfresh; fwd=method; detail=queued';
