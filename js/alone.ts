// What must not be done by two at a time: an install finds assets stored that a clean-up is about to remove.

import type { CacheStore } from './cache-storage.js';

/**
 * Does something alone (https://w3c.github.io/web-locks/): the browser sees to it even if a worker is stopped meanwhile.
 *
 * @param isPatient whether to wait for others; if not, nothing is done while there are any.
 */
export async function alone(store: CacheStore, isPatient: boolean, act: () => Promise<void>): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return act();
  await locks.request(`${store.prefix}versions`, { ifAvailable: !isPatient }, (lock) => (lock ? act() : undefined));
}
