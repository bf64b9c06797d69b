// The script that installs versions (js/installer.ts), with all ways in which their files can be had.

import { fromEarlier } from '../earlier.js';
import { installer, type Installer } from '../install.js';
import { fromPacks } from '../packs.js';

(globalThis as unknown as { keepfreshInstaller: Installer }).keepfreshInstaller = installer(fromEarlier, fromPacks);
