// What is newer than what a page shows: a version of the site, and how it takes the other's place; and single responses.

import { container } from './container.js';

/** A version that is installed whole, and waits until the tabs of the one before are closed. */
export interface Update {
  /**
   * Lets it take over. Tabs that are open go on with what they have until they go to another page; by default those that
   * have called `onUpdate` are reloaded at once, all of them together.
   *
   * @param when `next-navigation`: none is reloaded.
   */
  apply(when?: 'now' | 'next-navigation'): void;
}

/**
 * Calls back when a new version is installed, now if one is waiting already.
 *
 * Nothing happens by itself: a tab goes on with the version that it has until `apply` is called, here or in another tab,
 * or all tabs are closed.
 *
 * @returns a function that stops it.
 *
 * @example
 * onUpdate((update) => {
 *   banner.hidden = false;
 *   banner.onclick = () => update.apply();
 * });
 */
export function onUpdate(listener: (update: Update) => void): () => void {
  const workers = container();
  if (!workers) return () => {};
  const stop = new AbortController();
  const { signal } = stop;
  const tell = (worker: ServiceWorker | null) => {
    // Without a worker in charge it is the first version, which replaces none.
    if (!worker || !workers.controller || signal.aborted) return;
    const apply = (when = 'now') => worker.postMessage({ type: 'keepfresh:activate', reload: when === 'now' });
    listener({ apply });
  };
  const watch = (worker: ServiceWorker | null) => {
    const onState = () => worker?.state === 'installed' && tell(worker);
    worker?.addEventListener('statechange', onState, { signal });
  };
  void workers.ready.then((registration) => {
    tell(registration.waiting);
    watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration.installing), { signal });
  });
  const onMessage = ({ data }: MessageEvent) => data?.type === 'keepfresh:reload' && location.reload();
  workers.addEventListener('message', onMessage, { signal });
  workers.startMessages();
  return () => stop.abort();
}

/**
 * Calls back when a response that the worker had stored is replaced by one with other bytes: data that a page has been
 * shown from the store, and that the network now gives differently. Compared are the bodies, not their fields.
 *
 * @param listener is given the absolute URL.
 * @returns a function that stops it.
 *
 * @example
 * onUpdated((url) => url.endsWith('/data/news.json') && showNews());
 */
export function onUpdated(listener: (url: string) => void): () => void {
  const workers = container();
  const onMessage = ({ data }: MessageEvent) => data?.type === 'keepfresh:updated' && listener(data.url);
  workers?.addEventListener('message', onMessage);
  workers?.startMessages();
  return () => workers?.removeEventListener('message', onMessage);
}
