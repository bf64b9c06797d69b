// A worker with an option that means nothing.

import { serveFromCache } from './node_modules/keepfresh/pkg/service-worker.js';

serveFromCache({ routes: [{ policy: 'fastest' }] });
