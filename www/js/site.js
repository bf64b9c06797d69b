// The entry of every page: registers the worker, shows what it did, and starts what only some pages have.

import { register, watchRequests } from '../vendor/keepfresh/window.js';
import { watchConnection } from './connection.js';
import { showPanel } from './panel.js';

const panel = document.querySelector('[data-panel]');
if (panel) showPanel(panel, watchRequests);

watchConnection(document.querySelector('[data-badge]'));

// The web manifest lies at the site's root and keeps its name, so it tells where the root is from any depth.
const manifest = document.querySelector('link[rel="manifest"]');
if (manifest) register(new URL('sw.js', manifest.href));

// Loaded only where there is something for them to do.
if (document.querySelector('[data-demo]')) import('./policies.js').then((demo) => demo.start());
if (document.querySelector('[data-kept]')) import('./kept.js').then((kept) => kept.mark());
if (document.querySelector('[data-system]')) import('./systems.js').then((systems) => systems.start());
