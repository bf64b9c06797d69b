// Whether there is little to spend: of what somebody pays for the network, of its speed, or of room on the device.

import type { File } from './file.js';
import { inTime } from './patience.js';

/** Chromium's. */
interface Connection {
  effectiveType?: string;
  saveData?: boolean;
}

/** How much room there is: asked for early, since some browsers take long to say. */
export const askForRoom = (): Promise<StorageEstimate> =>
  inTime(navigator.storage?.estimate?.() ?? Promise.resolve({})).catch(() => ({}));

/** Whether files that can wait should (https://wicg.github.io/savedata/). */
export async function isSparing(files: readonly File[], room = askForRoom()): Promise<boolean> {
  const { connection } = navigator as Navigator & { connection?: Connection };
  if (connection?.saveData || connection?.effectiveType?.endsWith('2g')) return true;
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { quota = Infinity, usage = 0 } = await room;
  // Half of what is free is for what the site keeps itself.
  return quota - usage < 2 * needed;
}
