// Questions of a page to the worker that controls it.

import { container } from './container.js';

/**
 * What the worker answers: the one that controls this page, or else the one that is in charge (pages that were reloaded past it).
 * `otherwise` if there is none, and `late` if it does not answer in time.
 */
export async function askWorker<T>(
  message: {
    type: string;
    after?: number;
    asked?: object;
    ids?: number[];
    isLost?: boolean;
    name?: string;
    partitions?: string[];
    paused?: boolean;
    tags?: string[];
    urls?: string[];
  },
  otherwise: T,
  seconds = 1,
  late = otherwise,
): Promise<T> {
  const workers = container();
  const inCharge = async () => (await workers?.getRegistration().catch(() => undefined))?.active;
  const worker = workers?.controller ?? (await inCharge());
  if (!worker) return otherwise;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data);
    setTimeout(resolve, seconds * 1000, late);
    worker.postMessage(message, [port2]);
  });
}
