// A worker that somebody wrote by hand, for a browser that knows module workers.

import { serveFromCache } from './node_modules/keepfresh/pkg/service-worker.js';

serveFromCache({
  routes: [
    { path: 'data/*', policy: 'stale-while-revalidate' },
    { mode: 'navigate', policy: 'network-first' },
  ],
});
