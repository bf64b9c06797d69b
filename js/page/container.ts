// The browser's service workers, for pages.

/** Those of this page; nothing where there are none, or where the browser refuses them to it (a sandboxed frame, say). */
export function container(): ServiceWorkerContainer | undefined {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}
