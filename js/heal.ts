// What is lost from the store without the worker noticing: a browser that follows static routes goes past it.

import { askWorker } from './ask.js';

/** Chromium's names; the specification has not settled on any. */
type Timing = PerformanceResourceTiming & {
  workerMatchedRouterSource?: string;
  workerMatchedSourceType?: string;
  workerFinalRouterSource?: string;
  workerFinalSourceType?: string;
};

/** Has the worker restore what a static route did not find, once a page, when the browser has nothing else to do. */
export function healWhenIdle(): void {
  const observer = new PerformanceObserver((list) => {
    if (!list.getEntries().some(isLost)) return;
    observer.disconnect();
    const heal = () => askWorker({ type: 'keepfresh:heal' }, undefined, 0);
    // Safari has no idle callbacks, and no static routes.
    globalThis.requestIdleCallback?.(() => void heal(), { timeout: 10_000 });
  });
  observer.observe({ type: 'resource', buffered: true });
}

/** Whether something was looked for in the store, and came from the network. */
function isLost(entry: PerformanceEntry): boolean {
  const timing = entry as Timing;
  const matched = timing.workerMatchedSourceType ?? timing.workerMatchedRouterSource;
  return matched === 'cache' && (timing.workerFinalSourceType ?? timing.workerFinalRouterSource) === 'network';
}
