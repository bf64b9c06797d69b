// Workbox as its guides write it: a precache list and the routes that all subjects have.

import { precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { CacheFirst, NetworkFirst, StaleWhileRevalidate } from 'workbox-strategies';

precacheAndRoute(__MANIFEST__);
registerRoute(({ url }) => url.pathname.startsWith('/data/'), new StaleWhileRevalidate());
registerRoute(({ url }) => url.pathname.startsWith('/lists/'), new CacheFirst());
registerRoute(({ request }) => request.mode === 'navigate', new NetworkFirst());
