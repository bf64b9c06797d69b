// The worker script that `keepfresh build` writes: this, bundled, behind a line that sets the options. The build has
// compiled the routes.

import { serve, type Serving } from './serve.js';

const options = (globalThis as unknown as { keepfreshOptions: Serving & { table: string } }).keepfreshOptions;
serve({ ...options, routes: () => options.table });
