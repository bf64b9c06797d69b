// A badge that says "offline" while the browser says so, or since the last fetch of ours that failed.

const FAILED = 'site:fetch-failed';
const ANSWERED = 'site:fetch-answered';

/** Shows and hides `badge`. */
export function watchConnection(badge) {
  if (!badge) return;
  const show = (offline) => (badge.hidden = !offline);
  show(!navigator.onLine);
  addEventListener('offline', () => show(true));
  addEventListener('online', () => show(false));
  addEventListener(FAILED, () => show(true));
  // An answer may have come out of the cache, so it does not overrule the browser.
  addEventListener(ANSWERED, () => show(!navigator.onLine));
}

/** Fetches, and lets the badge know how it went. */
export async function fetchNoted(url, options) {
  try {
    const response = await fetch(url, options);
    dispatchEvent(new Event(ANSWERED));
    return response;
  } catch (error) {
    dispatchEvent(new Event(FAILED));
    throw error;
  }
}
