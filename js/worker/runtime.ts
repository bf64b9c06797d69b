// The worker script that `keepfresh build` writes: this, bundled, behind a line that sets the options. The build has
// compiled the routes.

import type { Wanted } from '../install/install.js';
import { loadInstaller, scriptsOf } from './installer.js';
import type { Parts } from './parts.js';
import { serve, type Serving } from './serve.js';

const { keepfreshOptions: options, keepfreshParts: parts } = globalThis as unknown as {
  keepfreshOptions: Omit<Serving, 'installer' | 'wanted'> &
    Wanted & { installer: string; runtime: string; table: string };
  keepfreshParts?: Parts;
};
const wanted = { ...options, scripts: scriptsOf(options) };
const installer = () => loadInstaller(options.installer);
serve({ ...options, parts, routes: () => options.table, wanted, installer });
(globalThis as { keepfreshRuns?: boolean }).keepfreshRuns = true;
