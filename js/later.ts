// Fills a version up after a page was shown, for sites whose pages do not ask for it themselves (keepfresh/window).

import type { CacheStore } from './cache-storage.js';
import { storedLeft } from './list.js';
import { isSettled, versionsIfAny } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

/** Milliseconds after a page was asked for: what it loads itself comes first. */
const AFTER = 5000;

let filling: Promise<void> | undefined;

/** Looks once, each time that the worker is started, whether anything was left for later; and does that. */
export const fillLater = (store: CacheStore, fill: () => Promise<number>): Promise<void> =>
  (filling ??= look(store, fill));

async function look(store: CacheStore, fill: () => Promise<number>): Promise<void> {
  const isSettledNow = isSettled(store, await versionsIfAny(store));
  if (isSettledNow && !(await storedLeft(store).catch(() => 0))) return;
  await new Promise((resolve) => setTimeout(resolve, AFTER));
  // What the network refuses now is tried when the worker is started the next time.
  // A version that is to take over waits until the worker before it has nothing to do.
  while (!self.registration.waiting && (await fill().catch(() => 0)));
}
