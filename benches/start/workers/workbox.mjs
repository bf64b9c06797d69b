// Workbox as its guides write it: a precache list and the two routes that all subjects have.

import { precacheAndRoute } from 'workbox-precaching';
import { registerRoute } from 'workbox-routing';
import { NetworkFirst, StaleWhileRevalidate } from 'workbox-strategies';

precacheAndRoute(__MANIFEST__);
registerRoute(({ url }) => url.pathname.startsWith('/data/'), new StaleWhileRevalidate());
registerRoute(({ request }) => request.mode === 'navigate', new NetworkFirst());
