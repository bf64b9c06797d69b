// The least a worker can do: the floor that the browser itself sets. No updates, no cleaning up, no routes.

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open('bare').then((cache) => cache.addAll(__URLS__)));
});
self.addEventListener('fetch', (event) => {
  event.respondWith(caches.match(event.request).then((stored) => stored ?? fetch(event.request)));
});
