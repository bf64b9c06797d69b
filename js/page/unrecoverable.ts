// A page that asks for an asset which is neither stored nor at the server any more is of a version that is gone: it cannot
// be made whole, but another version can take its place.

import { askWorker } from './ask.js';
import { isNew } from './asked.js';
import { container } from './container.js';
import { fillUp } from './filling.js';
import type { VersionReport } from '../install/version-report.js';

/** Says when this tab was reloaded for it, so that a page that is not better then is left alone: for an hour. */
const RELOADED = 'keepfresh:reloaded';
const ALONE = 3_600_000;

/** Has this page find a way out: what can be restored is, and a newer version takes over at once. */
export function recover(): void {
  const workers = container();
  workers?.addEventListener(
    'message',
    ({ data }) => data?.type === 'keepfresh:lost' && isNew(data.url) && void onLost(),
  );
  workers?.startMessages();
}

let isUnderWay = false;

/** Tells of it, and looks for another version. */
export async function onLost(): Promise<void> {
  if (isUnderWay) return;
  isUnderWay = true;
  const none = { done: 0, total: 0 };
  const reason = 'this page asked for an asset that is neither stored nor at the server any more';
  const report: VersionReport = { version: '', state: 'broken', files: none, bytes: none, reason };
  navigator.serviceWorker.dispatchEvent(
    new MessageEvent('message', { data: { type: 'keepfresh:version', news: report } }),
  );
  await fillUp(true);
  const registration = await navigator.serviceWorker.getRegistration();
  await registration?.update().catch(() => {});
  const next = registration?.waiting ?? registration?.installing;
  // Another version may be in charge already, without this tab.
  const isOther = async () => askWorker({ type: 'keepfresh:version-other' }, false);
  const hasReloaded = Date.now() - Number(sessionStorage.getItem(RELOADED)) < ALONE;
  if (hasReloaded || !(next || (await isOther()))) return;
  sessionStorage.setItem(RELOADED, `${Date.now()}`);
  if (!next) return location.reload();
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  const apply = () => next.state === 'installed' && next.postMessage({ type: 'keepfresh:activate', reload: false });
  next.addEventListener('statechange', apply);
  apply();
}
