// The worker script that `keepfresh build` writes: this, bundled, behind a line that sets the options.

import { serveFromCache, type CacheOptions } from './service-worker.js';

serveFromCache((globalThis as unknown as { keepfreshOptions: CacheOptions }).keepfreshOptions);
