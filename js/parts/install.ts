// The script that installs versions (js/installer.ts), with all ways in which their files can be had.

import { withUpdate } from '../deltas.js';
import { fromEarlier } from '../earlier.js';
import { installer, type Installer } from '../installs.js';
import { askForPacks, fromPacks } from '../packs.js';

const all = installer({ isLocal: true, take: fromEarlier }, { isLocal: false, take: fromPacks });

(globalThis as unknown as { keepfreshInstaller: Installer }).keepfreshInstaller = {
  ...all,
  async install(engine, store, wanted) {
    const coming = await askForPacks(store, wanted);
    return all.install(engine, store, { ...(await withUpdate(store, wanted)), coming });
  },
};
