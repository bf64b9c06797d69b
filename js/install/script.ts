// The script that installs versions (js/worker/installer.ts), with all ways in which their files can be had.

import { withUpdate } from './deltas.js';
import { fromEarlier } from './earlier.js';
import { installer, type Installer } from './installs.js';
import { fromPacks } from './packs.js';

const ways = [
  { isLocal: true, take: fromEarlier },
  { isLocal: false, take: fromPacks },
];

(globalThis as unknown as { keepfreshInstaller: Installer }).keepfreshInstaller = installer(ways, withUpdate);
