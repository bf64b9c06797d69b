// What is lost from the store without the worker noticing: a browser that follows static routes goes past it.

import { isNew } from './asked.js';
import { fillUp } from './filling.js';
import { onLost } from './unrecoverable.js';

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
    const lost = list.getEntries().filter(isLost);
    if (!lost.some(({ name }) => isNew(name))) return;
    observer.disconnect();
    // Of what is not at the server any more nothing can be restored.
    void (lost.some(isGone) ? onLost() : fillUp(true));
  });
  observer.observe({ type: 'resource', buffered: true });
}

const isGone = (entry: PerformanceEntry): boolean =>
  [404, 410].includes((entry as PerformanceResourceTiming).responseStatus ?? 0);

/** Whether something was looked for in the store, and came from the network. */
function isLost(entry: PerformanceEntry): boolean {
  const timing = entry as Timing;
  const matched = timing.workerMatchedSourceType ?? timing.workerMatchedRouterSource;
  return matched === 'cache' && (timing.workerFinalSourceType ?? timing.workerFinalRouterSource) === 'network';
}
