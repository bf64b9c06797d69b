// Where the worker scripts of the build have their installer: in a script of its own, which a browser keeps beside them.

/// <reference lib="webworker" />
import type { Installer } from './installs.js';

declare const self: ServiceWorkerGlobalScope;

/**
 * Loads the installer, in an event of the worker. Workers may load scripts while they are installed, and later on those that
 * they have loaded then.
 */
export function loadInstaller(url: string): Installer {
  const world = self as unknown as { keepfreshInstaller?: Installer };
  if (!world.keepfreshInstaller) self.importScripts(url);
  return world.keepfreshInstaller!;
}
