// Questions of a page to the worker that controls it.

/** What the worker answers; `otherwise` if no worker controls this page, or it does not answer in time. */
export function askWorker<T>(
  message: {
    type: string;
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
): Promise<T> {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return Promise.resolve(otherwise);
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => resolve(event.data);
    setTimeout(resolve, seconds * 1000, otherwise);
    worker.postMessage(message, [port2]);
  });
}
