// The script that installs versions (js/installer.ts).

import { activate, install, type Installer } from '../install.js';

(globalThis as unknown as { keepfreshInstaller: Installer }).keepfreshInstaller = { install, activate };
