// What must not be done by two at a time: an install finds assets stored that a clean-up is about to remove.

import type { CacheStore } from './cache-storage.js';

/** How long an install waits, in milliseconds: a clean-up takes less, and none must be kept waiting by one that is stuck. */
const PATIENCE = 20_000;

/**
 * Does something alone (https://w3c.github.io/web-locks/): the browser sees to it even if a worker is stopped meanwhile.
 *
 * @param isPatient whether to wait for others; if not, nothing is done while there are any.
 */
export async function alone(store: CacheStore, isPatient: boolean, act: () => Promise<void>): Promise<void> {
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return act();
  let hasBegun = false;
  const begin = (lock: Lock | null) => (lock ? ((hasBegun = true), act()) : undefined);
  const how = isPatient ? { signal: AbortSignal.timeout(PATIENCE) } : { ifAvailable: true };
  try {
    await locks.request(`${store.prefix}versions`, how, begin);
  } catch (error) {
    if (hasBegun || !isPatient) throw error;
    await act();
  }
}
