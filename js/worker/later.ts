// Fills a version up after a page was shown, for sites whose pages do not ask for it themselves (keepfresh/window).

import type { CacheStore } from './cache-storage.js';
import { storedLeft } from './list.js';
import { isSettled, versionsIfAny } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

/** Milliseconds after a page was asked for: what it loads itself comes first. */
const AFTER = 5000;

/** How often it is looked whether a version has come meanwhile that is to take over: it waits until this worker has nothing to do. */
const STEP = 250;

let filling: Promise<void> | undefined;

/**
 * Looks once, each time that the worker is started, whether anything was left for later; and does that.
 *
 * @param isNew whether it takes over just now: then it is about to clean up.
 */
export const fillLater = (store: CacheStore, fill: Fill, isNew = false): Promise<void> =>
  (filling ??= look(store, fill, isNew));

type Fill = (isLost: boolean) => Promise<number>;

async function look(store: CacheStore, fill: Fill, isNew: boolean): Promise<void> {
  const { active } = self.registration;
  // Whoever is in charge has had a cache of assets, and a list. Somebody has removed one of them, and what is precached with it.
  // That is looked for before the page that is asked for stores anything there again.
  const counted = async () => ((await caches.has(store.assets)) ? storedLeft(store) : NaN);
  const left = await counted().catch(() => 0);
  const isLost = Number.isNaN(left);
  // One that is not in charge any more writes nothing: what retires it has removed everything.
  const isWanted = () => !self.registration.waiting && self.registration.active === active;
  const isSettledNow = isNew || isSettled(store, await versionsIfAny(store));
  if (isSettledNow && left === 0) {
    // The next page may find that it could not.
    if (isNew) filling = undefined;
    return;
  }
  for (let waited = 0; waited < AFTER && isWanted(); waited += STEP)
    await new Promise((resolve) => setTimeout(resolve, STEP));
  // What the network refuses now is tried when the worker is started the next time.
  while (isWanted() && (await fill(isLost).catch(() => 0)));
}
