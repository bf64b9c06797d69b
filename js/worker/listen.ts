// The events of a worker: whoever takes care of them, a fault is never the page's.

/// <reference lib="webworker" />
import type { CacheStore } from './cache-storage.js';
import type { Report } from '../host/host.js';
import type { AboutVersions } from '../install/installs.js';
import { Log } from './log.js';
import { MARK } from './static-answer.js';
import { type Versions, versionsIfAny } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

/** Who takes care of what. */
export interface Listeners {
  store: CacheStore;
  /** The paths of the scripts that the worker runs on. */
  scripts?: Record<string, string> | undefined;
  install(event: ExtendableEvent): Promise<void>;
  activate(): Promise<void>;
  /** The answer to a request; nothing if the browser should go on without the worker. */
  answer(event: FetchEvent): Promise<Report> | undefined;
  /** Is told of each answer, and how many milliseconds it took. */
  told?(event: FetchEvent, report: Report, took: number): void;
  /** Fetches what was left for later, when a page was asked for, or is there. */
  later(isNew?: boolean): Promise<void>;
  /** Answers what a page says or asks about versions. */
  hear(said: AboutVersions): Promise<unknown>;
  /** A message of a page, and how to answer it. */
  message?(event: ExtendableMessageEvent, tell: (answer: unknown) => void): void;
}

/** Listens. It has to be called while the script first runs. */
export function listen({
  scripts = {},
  store,
  install,
  activate,
  answer,
  told,
  later,
  hear,
  message,
}: Listeners): void {
  const log = new Log();
  /** Whether every tab is to be reloaded when this version is in charge. */
  let reloads = false;
  const onInstall = async (event: ExtendableEvent) => {
    try {
      await install(event);
    } catch (error) {
      // It may be the scripts' fault, and what the browser has kept of them would be run again by the next try.
      const signal = AbortSignal.timeout(30_000);
      const renew = (path: string) =>
        fetch(self.registration.scope + path, { cache: 'no-cache', signal }).catch(() => {});
      await Promise.all(Object.values(scripts).map(renew));
      throw error;
    }
  };
  self.addEventListener('install', (event) => event.waitUntil(onInstall(event)));
  const onActivate = async () => {
    await activate();
    // Not the pages of another worker: what is meant are its own.
    if (reloads) for (const page of await self.clients.matchAll()) page.postMessage({ type: 'keepfresh:reload' });
    // The page that a first visit is for was shown before there was a worker. Whoever waits for this event keeps pages waiting, so
    // nobody does; what the browser leaves no time for comes with the next page.
    later(true).catch(complain);
  };
  self.addEventListener('activate', (event) => event.waitUntil(onActivate()));
  self.addEventListener('fetch', (event) => {
    try {
      const started = Date.now();
      const { clientId, request, resultingClientId: client } = event;
      /** Whoever asks; nobody for a page. */
      const of = request.mode === 'navigate' ? '' : clientId;
      let noted: Promise<unknown> | undefined;
      const response = answer(event)?.then(async (report) => {
        const took = Date.now() - started;
        log.add(event, report, took);
        told?.(event, report, took);
        // A page of a version that is nowhere any more: some servers have a page for whatever they lack. (Others give what they do
        // have as another type.)
        const { headers, status } = report.response;
        const { url } = request;
        const isPage = headers.get('content-type')?.includes('html') && !url.includes('.htm');
        if (of && url.includes(MARK) && (status === 404 || status === 410 || (status === 200 && isPage)))
          void self.clients.get(of).then((page) => page?.postMessage({ type: 'keepfresh:lost', url }));
        // A worker asks for more as soon as it has its script.
        if (of) await noted;
        return report.response;
      });
      // Whatever breaks here, the page gets what it would have without a worker.
      if (!of) event.waitUntil(later());
      else if (client) {
        // A worker, which is of the version that its tab is of.
        const inherit = ({ tabs }: Versions) => of in tabs && hear({ type: 'keepfresh:version-worker', client, of });
        event.waitUntil(
          (noted = versionsIfAny(store)
            .then(inherit)
            .catch(() => {})),
        );
      }
      if (response) event.respondWith(response.catch((error) => (complain(error), fetch(request))));
    } catch (error) {
      complain(error); // Without an answer of ours the browser goes on by itself.
    }
  });
  self.addEventListener('message', (event) => {
    const { data, ports, source } = event;
    if (!(source instanceof Client)) return;
    const tell = (answer: unknown) => ports[0]?.postMessage(answer);
    if (data?.type === 'keepfresh:requests') tell(log.of(source.id, data.after));
    if (data?.type === 'keepfresh:activate') {
      reloads = data.reload;
      // A worker that is stopped until the one before it has done would not know any more.
      event.waitUntil(self.skipWaiting());
    }
    if (/^keepfresh:(version|explain)/.test(data?.type)) {
      const heard = hear({ ...data, client: source.id });
      // Whoever waits is told that nobody knows.
      event.waitUntil(heard.then(tell, (error) => (tell(undefined), Promise.reject(error))));
    }
    message?.(event, tell);
  });
}

function complain(error: unknown): void {
  console.error('keepfresh: a request goes to the network:', error);
}
