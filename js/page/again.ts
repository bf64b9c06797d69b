// Scripts that were put together from bytes (packs, deltas), stored once more: a browser keeps the code that it has
// compiled only beside a response that came with a URL, as one does that a page has fetched.

import { MARK } from '../worker/static-answer.js';

/** Has this page do so with the scripts that it has loaded, one by one, when the browser has nothing else to do. */
export function storeAgainWhenIdle(): void {
  // Safari has no idle callbacks, and keeps no compiled code.
  globalThis.requestIdleCallback?.(() => void storeAgain().catch(() => {}), { timeout: 20_000 });
}

async function storeAgain(): Promise<void> {
  const { scope } = await navigator.serviceWorker.ready;
  // A page that is not controlled would fetch from the network.
  if (!navigator.serviceWorker.controller) return;
  const name = `keepfresh:${new URL(scope).pathname}:assets`;
  if (!(await caches.has(name))) return;
  const cache = await caches.open(name);
  const loaded = performance.getEntriesByType('resource').map((entry) => entry.name.split('#', 1)[0]!);
  const isScript = (url: string) => url.startsWith(scope) && url.includes(MARK) && /\.m?js$/.test(url);
  for (const url of new Set(loaded.filter(isScript))) {
    const stored = await cache.match(url, { ignoreVary: true });
    if (!stored || stored.url) continue;
    // Through the worker, or a static route. Should the entry have gone meanwhile, this is whatever a server says.
    const fetched = await fetch(url);
    const isSame = (await digest(stored)) === (await digest(fetched.clone()));
    // What is stored is replaced in one step: a tab that is closed meanwhile leaves the old one.
    if (fetched.ok && isSame) await cache.put(url, fetched);
  }
}

async function digest(response: Response): Promise<string> {
  return String(new Uint8Array(await crypto.subtle.digest('SHA-256', await response.arrayBuffer())));
}
