// What is lost from the store without the worker noticing: a browser that follows static routes goes past it.

import { isNew } from './asked.js';
import { fillUp } from './filling.js';
import { onLost } from './unrecoverable.js';

/** Chromium's names; the specification has not settled on any. */
type Timing = PerformanceResourceTiming & {
  contentType?: string;
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

/** Some servers have a page for whatever they lack; and for when they are busy, which says nothing of what they have. */
function isGone(entry: PerformanceEntry): boolean {
  const { contentType, name, responseStatus = 0 } = entry as Timing;
  const isPage = responseStatus === 200 && contentType === 'text/html' && !/\.html?$/.test(name);
  return isPage || [404, 410].includes(responseStatus);
}

/** Whether something was looked for in the store, and came from the network. */
function isLost(entry: PerformanceEntry): boolean {
  const timing = entry as Timing;
  const matched = timing.workerMatchedSourceType ?? timing.workerMatchedRouterSource;
  return matched === 'cache' && (timing.workerFinalSourceType ?? timing.workerFinalRouterSource) === 'network';
}
