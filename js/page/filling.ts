// Has the worker fetch what was left for later or is lost, a little at a time, when the browser has nothing else to do.

import { askWorker } from './ask.js';

/** Seconds that a worker may take for a part of it. */
const PATIENCE = 120;

/** Settles when nothing is left, or nothing can be done. */
export async function fillUp(isLost = false): Promise<void> {
  for (let left = 1; left > 0;) {
    await idle();
    left = await askWorker({ type: 'keepfresh:version-fill', isLost }, 0, PATIENCE);
  }
}

/** When the browser has nothing else to do. Safari cannot tell. */
const idle = () =>
  new Promise<unknown>((resolve) =>
    'requestIdleCallback' in globalThis ? requestIdleCallback(resolve, { timeout: 10_000 }) : setTimeout(resolve, 2000),
  );
