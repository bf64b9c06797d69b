// The events of a worker: whoever takes care of them, a fault is never the page's.

/// <reference lib="webworker" />
import type { Report } from './host.js';
import { Log } from './log.js';

declare const self: ServiceWorkerGlobalScope;

/** Who takes care of what. */
export interface Listeners {
  install(event: ExtendableEvent): Promise<void>;
  activate(): Promise<void>;
  /** The answer to a request; nothing if the browser should go on without the worker. */
  answer(event: FetchEvent): Promise<Report> | undefined;
  /** Is told of each answer, and how many milliseconds it took. */
  told?(event: FetchEvent, report: Report, took: number): void;
  /** Restores what was lost from the store. */
  heal(): Promise<void>;
  /** A message of a page, and how to answer it. */
  message?(event: ExtendableMessageEvent, tell: (answer: unknown) => void): void;
}

/** Listens. It has to be called while the script first runs. */
export function listen({ install, activate, answer, told, heal, message }: Listeners): void {
  const log = new Log();
  self.addEventListener('install', (event) => event.waitUntil(install(event)));
  self.addEventListener('activate', (event) => event.waitUntil(activate()));
  self.addEventListener('fetch', (event) => {
    try {
      const started = Date.now();
      const response = answer(event)?.then((report) => {
        const took = Date.now() - started;
        log.add(event, report, took);
        told?.(event, report, took);
        return report.response;
      });
      // Whatever breaks here, the page gets what it would have without a worker.
      if (response) event.respondWith(response.catch((error) => (complain(error), fetch(event.request))));
    } catch (error) {
      complain(error); // Without an answer of ours the browser goes on by itself.
    }
  });
  self.addEventListener('message', (event) => {
    const { data, ports, source } = event;
    if (!(source instanceof Client)) return;
    const tell = (answer: unknown) => ports[0]?.postMessage(answer);
    if (data?.type === 'keepfresh:requests') tell(log.of(source.id));
    if (data?.type === 'keepfresh:activate') void self.skipWaiting();
    if (data?.type === 'keepfresh:heal') event.waitUntil(heal());
    message?.(event, tell);
  });
}

function complain(error: unknown): void {
  console.error('keepfresh: a request goes to the network:', error);
}
