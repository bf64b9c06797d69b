// Where the subjects write, and what the machine is brought to before each of them starts.
//
// They write to memory (/dev/shm) where there is enough of it, else beside the trees: no build waits until a disk has
// what it wrote, but a disk goes on for minutes with what others have written and removed, above all one that is told
// of every block that is free (`discard`). KEEPFRESH_BENCH_OUT=FOLDER names another place.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER } from './install.mjs';

const MEMORY = '/dev/shm';

/** What the largest tree comes to with the most that is made of it: each file in three forms. */
const NEEDED_BYTES = 8e9;

const DROP_CACHES = '/proc/sys/vm/drop_caches';

/** Where the subjects write: a folder that is nobody else's. */
export const SCRATCH = join(
  process.env.KEEPFRESH_BENCH_OUT ?? (hasRoom(MEMORY) ? MEMORY : FOLDER),
  'keepfresh-bench-build',
);

function hasRoom(folder) {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > NEEDED_BYTES;
  } catch {
    return false;
  }
}

/** A new folder, alone in a new folder, since ours writes beside its output as well. */
export function fresh() {
  mkdirSync(SCRATCH, { recursive: true });
  return mkdtempSync(join(SCRATCH, 'run-'));
}

/** Removes a folder: by `rm`, since rmSync takes minutes for a hundred thousand files. */
export function remove(folder) {
  spawnSync('rm', ['-rf', folder]);
}

/** Whether the page cache can be emptied: on Linux, by root. */
export function canDropCaches() {
  try {
    accessSync(DROP_CACHES, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Lets the disk finish what it has been given, so that nobody pays for others; forgets what was read if `isCold`. */
export function settle({ isCold }) {
  spawnSync('sync');
  if (isCold) writeFileSync(DROP_CACHES, '3\n');
}

/** Reads a folder, so that all of it is in the page cache. */
export function warmUp(folder) {
  const { status } = spawnSync('sh', ['-c', 'find "$1" -type f -print0 | xargs -0 cat > /dev/null', 'sh', folder]);
  if (status !== 0) throw new Error(`${folder} cannot be read`);
}
