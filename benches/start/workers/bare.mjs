// The least a worker can do: the floor that the browser itself sets. No updates, no cleaning up, one route.

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open('bare').then((cache) => cache.addAll(__URLS__)));
});
self.addEventListener('fetch', (event) => {
  const fetched = async () => {
    const response = await fetch(event.request);
    if (event.request.url.includes('/lists/')) await (await caches.open('bare')).put(event.request, response.clone());
    return response;
  };
  event.respondWith(caches.match(event.request).then((stored) => stored ?? fetched()));
});
