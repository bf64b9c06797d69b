// Whether there is little to spend: of what somebody pays for the network, of its speed, or of room on the device.

import type { File } from './file.js';

/** Chromium's. */
interface Connection {
  effectiveType?: string;
  saveData?: boolean;
}

/** Whether files that can wait should (https://wicg.github.io/savedata/). */
export async function isSparing(files: readonly File[]): Promise<boolean> {
  const { connection, storage } = navigator as Navigator & { connection?: Connection };
  if (connection?.saveData || connection?.effectiveType?.endsWith('2g')) return true;
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { quota = Infinity, usage = 0 } = (await storage?.estimate?.().catch(() => undefined)) ?? {};
  // Half of what is free is for what the site keeps itself.
  return quota - usage < 2 * needed;
}
