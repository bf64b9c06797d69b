// What becomes of versions, for pages: how far one is, and what they can do about it.

import { askWorker } from './ask.js';
import { container } from './container.js';
import { fillUp } from './filling.js';
import type { VersionReport } from '../install/version-report.js';

export type { VersionReport } from '../install/version-report.js';

/**
 * Calls back with what becomes of versions of the site: now, and whenever there is something new.
 *
 * @returns a function that stops it.
 *
 * @example
 * watchVersions(({ state, bytes, reason }) => {
 *   bar.hidden = state !== 'installing';
 *   bar.value = bytes.done / bytes.total;
 *   if (state === 'failed') console.warn(reason);
 * });
 */
export function watchVersions(listener: (report: VersionReport) => void): () => void {
  const workers = container();
  if (!workers) return () => {};
  const stop = new AbortController();
  const { signal } = stop;
  let last: VersionReport | undefined;
  /** The scope that this page is in: news of a wider one, whose worker knows of none within it, are of another site. */
  let scope = '';
  const hear = ({ data }: MessageEvent) => {
    const isOwn = data?.type === 'keepfresh:version' && !(scope.length > data.scope?.length);
    if (isOwn) listener((last = data.news));
  };
  workers.addEventListener('message', hear, { signal });
  workers.startMessages();
  // One that is given up by the browser cannot say so itself.
  const watch = (worker: ServiceWorker | null) => {
    let wasInstalled = worker?.state === 'installed';
    const onState = () => {
      wasInstalled ||= worker?.state === 'installed';
      if (worker?.state !== 'redundant' || wasInstalled || last?.state === 'failed') return;
      const none = { done: 0, total: 0 };
      const reason = 'the browser has given it up, or its script could not be run';
      listener({ version: '', files: none, bytes: none, ...last, state: 'failed', reason });
    };
    worker?.addEventListener('statechange', onState, { signal });
  };
  const refused = () => undefined;
  void workers.getRegistration().then((registration) => {
    if (signal.aborted) return;
    scope = registration?.scope ?? '';
    const tell = { type: 'keepfresh:version-tell' };
    for (const worker of [registration?.active, registration?.waiting]) worker?.postMessage(tell);
    watch(registration?.installing ?? null);
    registration?.addEventListener('updatefound', () => watch(registration.installing), { signal });
  }, refused);
  return () => stop.abort();
}

/** Leaves alone, from now on, what a version has left for later (`optional`, `lazy`). */
export async function pauseDownloads(): Promise<void> {
  await askWorker({ type: 'keepfresh:version-pause', paused: true }, undefined);
}

/** Goes on with it. */
export async function resumeDownloads(): Promise<void> {
  await askWorker({ type: 'keepfresh:version-pause', paused: false }, undefined);
  await fillUp();
}

/**
 * Says that the version that this page is of is well, where the site wants to know (`health-check`): call it when the page
 * has started as it should. A version of which three pages were shown without that is taken back.
 */
export async function confirmVersion(): Promise<void> {
  await askWorker({ type: 'keepfresh:version-confirm' }, undefined);
}
