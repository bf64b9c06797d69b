// Requests that change something and did not reach the network: kept in IndexedDB, in order, and sent when there is a
// network again. A page is told 202 once its request is on the disk, and not before.

import type { Machine } from '../target/wasm/keepfresh.js';
import type { Report } from './host.js';
import { ask } from './machine.js';
import { QUEUE } from './parts.js';
import { retryAfter } from './send.js';
import { QueueStore, rebuilt, type Waiting, waitingOf } from './queue-store.js';

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
    if (report && !report.failure) return report;
    if (one.body.byteLength > MOST_BYTES || (await this.#store.count()) >= MOST) return report ?? first();
    await this.#store.put({ ...one, tries: isBehind ? 0 : 1 });
    this.#mayWait = true;
    await this.#tell('queued', one);
    await self.registration.sync?.register(SYNC).catch(() => {});
    const response = new Response(null, { status: 202, statusText: 'Accepted', headers: { 'cache-status': QUEUED } });
    return { response, from: 'empty', age: '', status: QUEUED };
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
    const isLater = status >= 500 || status === 429 || status === 408;
    if (!failure && !isLater) {
      await this.#store.remove(one);
      await this.#tell(response.ok || response.type === 'opaque' ? 'sent' : 'refused', one, status);
      return true;
    }
    // At first after a second, at last after about an hour.
    const pause = failure ? 0 : retryAfter(response) * 1000 || 1000 * 2 ** Math.min(one.tries, 12);
    await this.#store.put({ ...one, tries: one.tries + 1, next: Date.now() + pause });
    return false;
  }

  async #send(request: Request): Promise<Report> {
    const none = { from: 'network', age: '', status: '' };
    const failed = (failure: unknown): Report => ({ ...none, response: Response.error(), failure });
    return this.send(request) ?? fetch(request).then((response) => ({ ...none, response }), failed);
  }

  async #tell(event: string, { queue, url, method, at, tries }: Waiting, status = 0): Promise<void> {
    const told = { type: 'keepfresh:queue', event, queue, url, method, at, tries, status };
    for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage(told);
  }
}

const QUEUED = 'keepfresh; fwd=method; detail=queued';
