// Requests that change something and did not reach the network: kept in IndexedDB, in order, and sent when there is a
// network again. A page is told 202 once its request is on the disk, and not before.

import type { Machine } from '../../target/wasm/keepfresh.js';
import { failed, of, type Report } from '../host/host.js';
import { ask } from '../host/machine.js';
import { QUEUE } from '../host/extras.js';
import { QueueSender, type Send, type Written } from './queue-send.js';
import { MOST_BYTES, QueueStore, waitingOf } from './queue-store.js';

declare const self: ServiceWorkerGlobalScope & {
  registration: { sync?: { register(tag: string): Promise<void> } };
};

/** How many wait at most: what is more fails, as it would without a queue. */
const MOST = 1000;

/** What Background Sync calls it. */
const SYNC = 'keepfresh:queue';

export class Queue {
  readonly #store: QueueStore;
  readonly #sender: QueueSender;

  /** @param send sends a request on; nothing if no route is for it any more. */
  constructor(name: string, send: Send) {
    this.#store = new QueueStore(name);
    this.#sender = new QueueSender(this.#store, send);
    self.addEventListener('sync' as 'activate', (event) => this.#onSync(event));
    self.addEventListener('message', (event) => {
      const { data, ports } = event;
      if (!String(data?.type).startsWith('keepfresh:queue')) return;
      const written: Written = [];
      const tell = (answer: unknown) => (ports[0]?.postMessage(answer), Promise.all(written));
      // Whoever waits is told that nobody knows.
      const unknown = (error: unknown) => (tell(undefined), Promise.reject(error));
      event.waitUntil(this.#onMessage(data, written).then(tell, unknown));
    });
  }

  /** Sends a request of a queue, or keeps it: behind what waits already, so that the order stays. */
  answer(event: FetchEvent, machine: Machine): Promise<Report> | undefined {
    const queue = event.request.method !== 'GET' && ask(machine, 'extras').split(' ')[QUEUE];
    if (!queue) return undefined;
    machine.free();
    const written: Written = [];
    const answer = this.#store.nextId().then((id) => {
      this.#sender.begin(id, queue);
      return this.#answer(event, queue, id, written).finally(() => this.#sender.end(id));
    });
    event.waitUntil(
      answer
        .then(() => this.#sender.retry(written))
        .catch(() => {})
        .then(() => Promise.all(written)),
    );
    return answer;
  }

  async #answer({ request, clientId }: FetchEvent, queue: string, id: number, written: Written): Promise<Report> {
    // A form that a page sends wants a page in return, and nothing else.
    if (request.mode === 'navigate') return this.#sender.one(request, written);
    const one = await waitingOf(request, queue, id);
    const isBehind = (await this.#store.count(queue).catch(() => 0)) > 0;
    // As the page made it.
    const first = () => this.#sender.one(new Request(request, { headers: one.headers as [string, string][] }), written);
    const report = isBehind ? undefined : await first();
    if (report && !report.failure) return report;
    try {
      // What its page does not want any more is not sent later; a page that is gone has not said so.
      const isCancelled = request.signal.aborted && (await self.clients.get(clientId)) !== undefined;
      const isMore = one.body.byteLength > MOST_BYTES || (await this.#store.count()) >= MOST;
      // Nor does it go before what waits.
      if (isCancelled || isMore || !this.#sender.isUnderWay(id)) throw new Error('it cannot wait behind others');
      await this.#sender.keep({ ...one, tries: isBehind ? 0 : 1 });
    } catch (error) {
      // Not once more without its key: the server may have had it.
      return report ?? failed(error);
    }
    await self.registration.sync?.register(SYNC).catch(() => {});
    const response = new Response(null, { status: 202, statusText: 'Accepted', headers: { 'cache-status': QUEUED } });
    return { response, ...of('empty', QUEUED) };
  }

  /** An answer of the network is the sign that there is one: where there is no Background Sync, the only one. */
  notice(answer: Promise<Report>): Promise<unknown> {
    const written: Written = [];
    const retry = async ({ from }: Report) =>
      from === 'reply' && (await this.#sender.retry(written), Promise.all(written));
    return answer.then(retry).catch(() => {});
  }

  /** Answers a page: what waits; how much, once it was tried; or how much was let go of. */
  async #onMessage({ type, ids }: { type: string; ids?: number[] }, written: Written): Promise<unknown> {
    if (type === 'keepfresh:queue-retry') return this.#sender.retry(written);
    if (type === 'keepfresh:queue-online') return this.#sender.all('failed', written);
    if (type === 'keepfresh:queue-send') return this.#sender.all('all', written);
    if (type === 'keepfresh:queue-discard') return this.#sender.discard(ids);
    const waiting = [];
    for await (const { body: _, headers: __, ...one } of this.#store.all()) waiting.push(one);
    return waiting;
  }

  /** The browser tries again if anything is left. */
  #onSync(event: ExtendableEvent & { tag?: string }): void {
    const send = async () => {
      const written: Written = [];
      const left = await this.#sender.all('failed', written);
      await Promise.all(written);
      if (left > 0) throw new Error('keepfresh: requests still wait');
    };
    if (event.tag === SYNC) event.waitUntil(send());
  }
}

const QUEUED = 'keepfresh; fwd=method; detail=queued';
