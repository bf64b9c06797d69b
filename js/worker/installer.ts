// Where the worker scripts of the build have their installer: in a script of its own, which a browser keeps beside them.

/// <reference lib="webworker" />
import type { Installer } from '../install/installs.js';

declare const self: ServiceWorkerGlobalScope;

/** The paths of the scripts that a worker of the build runs on, by what these call themselves. */
export const scriptsOf = ({ installer, runtime }: { installer: string; runtime: string }): Record<string, string> => ({
  keepfreshWorker: runtime,
  keepfreshInstall: installer,
});

/**
 * Loads the installer, in an event of the worker. Workers may load scripts while they are installed, and later on those that
 * they have loaded then.
 */
export function loadInstaller(url: string): Installer {
  const world = self as unknown as { keepfreshInstaller?: Installer };
  if (!world.keepfreshInstaller) self.importScripts(url);
  return world.keepfreshInstaller!;
}
