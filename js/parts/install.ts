// The script that installs versions (js/installer.ts), with all ways in which their files can be had.

import { withUpdate } from '../deltas.js';
import { fromEarlier } from '../earlier.js';
import { installer, type Installer } from '../install.js';
import { askForPacks, fromPacks } from '../packs.js';

const { install, activate } = installer(fromEarlier, fromPacks);

(globalThis as unknown as { keepfreshInstaller: Installer }).keepfreshInstaller = {
  async install(engine, store, wanted) {
    const coming = await askForPacks(store, wanted);
    return install(engine, store, { ...(await withUpdate(store, wanted)), coming });
  },
  activate,
};
