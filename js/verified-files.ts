// Files that are what was written, or as good as none.

import { createHash, randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file begins with the SHA-256 of what is behind it: so many bytes. */
const DIGEST = 32;

export class VerifiedFiles {
  /** Those whose bytes are known to be what was written. It is looked at once in a process. */
  readonly #known = new Set<string>();

  constructor(readonly folder: string) {}

  /** In one step: whoever reads has what was there or what is there, and never a part. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    const draft = join(this.folder, `${name}.${randomUUID()}`);
    try {
      await writeFile(draft, Buffer.concat([sha256(bytes), bytes]));
      await rename(draft, join(this.folder, name));
    } catch (error) {
      // A disk that is full is not to be filled with halves.
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
    this.#known.add(name);
  }

  async read(name: string): Promise<Buffer<ArrayBuffer> | undefined> {
    const file = await readFile(join(this.folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    const bytes = file?.subarray(DIGEST);
    if (!bytes || !(this.#known.has(name) || sha256(bytes).equals(file!.subarray(0, DIGEST)))) return undefined;
    this.#known.add(name);
    return bytes;
  }

  async remove(name: string): Promise<void> {
    this.#known.delete(name);
    await rm(join(this.folder, name), { force: true });
  }
}

export function sha256(what: Uint8Array | string): Buffer {
  return createHash('sha256').update(what).digest();
}
