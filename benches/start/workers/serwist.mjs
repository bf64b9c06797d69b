// Serwist as its guides write it: a precache list and the routes that all subjects have.

import { CacheFirst, NetworkFirst, Serwist, StaleWhileRevalidate } from 'serwist';

new Serwist({
  precacheEntries: __MANIFEST__,
  runtimeCaching: [
    { matcher: ({ url }) => url.pathname.startsWith('/data/'), handler: new StaleWhileRevalidate() },
    { matcher: ({ url }) => url.pathname.startsWith('/lists/'), handler: new CacheFirst() },
    { matcher: ({ request }) => request.mode === 'navigate', handler: new NetworkFirst() },
  ],
}).addEventListeners();
