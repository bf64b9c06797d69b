// The script that installs versions (js/installer.ts), with all ways in which their files can be had.

import { withUpdate } from '../deltas.js';
import { fromEarlier } from '../earlier.js';
import { installer, type Installer } from '../installs.js';
import { askForPacks, fromPacks } from '../packs.js';

const ways = [
  { isLocal: true, take: fromEarlier },
  { isLocal: false, take: fromPacks },
];
const all = installer(ways, withUpdate);

(globalThis as unknown as { keepfreshInstaller: Installer }).keepfreshInstaller = {
  ...all,
  async install(start, store, wanted) {
    return all.install(start, store, { ...wanted, coming: await askForPacks(store, wanted) });
  },
};
