// Serwist as its guides write it: a precache list and the two routes that all subjects have.

import { NetworkFirst, Serwist, StaleWhileRevalidate } from 'serwist';

new Serwist({
  precacheEntries: __MANIFEST__,
  runtimeCaching: [
    { matcher: ({ url }) => url.pathname.startsWith('/data/'), handler: new StaleWhileRevalidate() },
    { matcher: ({ request }) => request.mode === 'navigate', handler: new NetworkFirst() },
  ],
}).addEventListeners();
