// Files that are what was written, or as good as none.

import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file begins with the SHA-256 of what is behind it: so many bytes. */
export const DIGEST = 32;

/** How many bytes of a disk a file takes: most have blocks of so many. */
export const onDisk = (length: number): number => Math.ceil(length / 4096) * 4096;

export class VerifiedFiles {
  /** Those whose bytes are known to be what was written, by what the file system says of them: it is looked at once as they are. */
  readonly #known = new Map<string, string>();

  constructor(readonly folder: string) {}

  /** In one step: whoever reads has what was there or what is there, and never a part. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    const draft = join(this.folder, `${name}.${randomUUID()}`);
    const write = () => writeFile(draft, Buffer.concat([sha256(bytes), bytes]));
    try {
      await write().catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        // Somebody has emptied the cache by hand.
        await mkdir(this.folder, { recursive: true });
        await write();
      });
      await rename(draft, join(this.folder, name));
    } catch (error) {
      // A disk that is full is not to be filled with halves.
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
    // It may be gone again by now, to make room.
    this.#known.set(name, await stampOf(join(this.folder, name)).catch(() => ''));
  }

  async read(name: string): Promise<Buffer<ArrayBuffer> | undefined> {
    const path = join(this.folder, name);
    const read = Promise.all([readFile(path), stampOf(path)]);
    const [file, stamp] = await read.catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return [];
    });
    const bytes = file?.subarray(DIGEST);
    if (!bytes || !(this.#known.get(name) === stamp || sha256(bytes).equals(file!.subarray(0, DIGEST))))
      return undefined;
    this.#known.set(name, stamp!);
    return bytes;
  }

  async remove(name: string): Promise<void> {
    this.#known.delete(name);
    await rm(join(this.folder, name), { force: true });
  }
}

const stampOf = async (path: string): Promise<string> => {
  const { ino, mtimeMs, size } = await stat(path);
  return `${ino} ${mtimeMs} ${size}`;
};

export function sha256(what: Uint8Array | string): Buffer {
  return createHash('sha256').update(what).digest();
}
