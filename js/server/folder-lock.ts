// A folder that one process has to itself.

import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that this process has. */
const held = new Set<string>();

/**
 * Takes a folder, until what is returned is called or the process ends.
 *
 * @throws Error if another process has it, or this one already.
 */
export function takeFolder(folder: string): () => void {
  const lock = join(folder, 'lock');
  for (;;) {
    // The store takes what is called like this for something half written, and removes it.
    const draft = `${lock}.${randomUUID()}.draft`;
    writeFileSync(draft, nameOf(process.pid) ?? '');
    try {
      if (isFirst(draft, lock)) {
        held.add(lock);
        let isOurs = true;
        return () => {
          // Once: by then it may be another's.
          if (!isOurs) return;
          isOurs = false;
          held.delete(lock);
          rmSync(lock, { force: true });
        };
      }
      const name = readFileSync(lock, 'utf8');
      const pid = Number(name.split(' ')[0]);
      // A number alone may be that of a process which has ended, and was like this one.
      const isOther = pid !== process.pid || name.includes(' ');
      if (held.has(lock) || (isOther && nameOf(pid) === name))
        throw new Error(
          `${folder} belongs to process ${pid}: give each process a folder of its own, or use redisStore`,
        );
      // Whoever had it has ended. Another that has seen so may have taken it by now.
      renameSync(lock, draft);
      if (readFileSync(draft, 'utf8') !== name) linkSync(draft, lock);
    } catch (error) {
      // Somebody else was faster: the lock is gone, or is there once more. Then it is theirs.
      if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code!)) throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

/** Puts a file where none is yet: with all that is in it, or not at all. */
function isFirst(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT') throw error;
    // Not all file systems have links.
    if (existsSync(path)) return false;
    renameSync(draft, path);
  }
  return true;
}

/** What no other process is called, although numbers are given again; nothing if there is none of that number. */
function nameOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  try {
    // When it was started, on Linux (proc(5)).
    const began = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
    return `${pid} ${began} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch {
    return `${pid}`;
  }
}
