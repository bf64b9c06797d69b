// What pages are told of requests that wait (queued.ts is their side).

/// <reference lib="webworker" />
import type { Waiting } from './queue-store.js';

declare const self: ServiceWorkerGlobalScope;

/** Those that can be told: of this worker's scope, whether it controls them or not. Those of a scope within it leave it alone. */
export async function pages(): Promise<readonly Client[]> {
  const all = await self.clients.matchAll({ includeUncontrolled: true });
  return all.filter(({ url }) => url.startsWith(self.registration.scope));
}

export async function tell(event: string, { id, queue, url, method, at, tries }: Waiting, status = 0): Promise<void> {
  const { scope } = self.registration;
  const told = { type: 'keepfresh:queue', event, id, queue, url, method, at, tries, status, scope };
  for (const client of await pages()) client.postMessage(told);
}
