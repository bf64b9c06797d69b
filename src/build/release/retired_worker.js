// Written by keepfresh: this site wants no worker any more. It removes what the worker has stored, and itself.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(retire()));

async function retire() {
  const prefix = `keepfresh:${new URL(registration.scope).pathname}:`;
  const databases = new Set(['']);
  for (const name of await caches.keys()) {
    if (!name.startsWith(prefix)) continue;
    databases.add(/^of:[0-9a-f]+:/.exec(name.slice(prefix.length))?.[0] ?? '');
    await caches.delete(name);
  }
  // What waits in a queue stays: pages were told that it will be sent, and a later worker can do so.
  for (const name of databases) indexedDB.deleteDatabase(`keepfresh:${registration.scope}${name}`);
  await registration.unregister();
}
