// A worker that somebody wrote by hand, for a bundler.

import { serveFromCache } from 'keepfresh/service-worker';

serveFromCache({
  routes: [
    { path: 'data/*', policy: 'stale-while-revalidate' },
    { mode: 'navigate', policy: 'network-first' },
  ],
});
