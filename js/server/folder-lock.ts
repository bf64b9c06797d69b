// A folder that one process has to itself.

import { createHash, randomUUID } from 'node:crypto';
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
  // The store takes what is called like this for something half written, and removes it.
  const draft = `${lock}.${randomUUID()}.draft`;
  for (;;) {
    try {
      write(draft);
      if (isFirst(draft, lock) || isNext(draft, lock, folder)) return hold(lock);
    } catch (error) {
      // Somebody else was faster, and what was looked at is gone.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

const write = (path: string) => writeFileSync(path, nameOf(process.pid) ?? '');

function hold(lock: string): () => void {
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

/** Takes the lock of a process that has ended; false if another was faster. */
function isNext(draft: string, lock: string, folder: string): boolean {
  const last = readEnded(lock, lock, folder);
  // Who takes it over says so first, and may have ended as well.
  let claim = claimOf(lock, lock, last);
  while (!isFirst(draft, claim)) claim = claimOf(lock, claim, readEnded(claim, lock, folder));
  try {
    // Nobody without this claim changes it while that is in it.
    if (readFileSync(lock, 'utf8') !== last) return false;
    // By another file: this one may be the claim as well, which nobody must see empty.
    rmSync(draft, { force: true });
    write(draft);
    renameSync(draft, lock);
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

/** What is called so that only one can take over from whose name is in a file. */
function claimOf(lock: string, file: string, name: string): string {
  const digest = createHash('sha256').update(`${file} ${name}`).digest('hex');
  return `${lock}.${digest.slice(0, 36)}.draft`;
}

/** The name in a file, if the process that has written it has ended. */
function readEnded(file: string, lock: string, folder: string): string {
  const name = readFileSync(file, 'utf8');
  const pid = Number(name.split(' ')[0]);
  // A number alone may be that of a process which has ended, and was like this one.
  const isOther = pid !== process.pid || name.includes(' ');
  if (held.has(lock) || (isOther && nameOf(pid) === name))
    throw new Error(`${folder} belongs to process ${pid}: give each process a folder of its own, or use redisStore`);
  return name;
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
