// What takes room in a folder, and in which order it was used.

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { onDisk } from './verified-files.js';

/** The names of its files, and of those that are being written. Nobody else's are touched. */
const OWN = /^(?:([0-9a-f]{64})\.(record|\d+)(\.[0-9a-f-]{36})?|lock(\.[0-9a-f-]{36}\.draft))$/;

export class FileSizes {
  /** Bytes of files by what their names end with, by digests: the least lately used first. */
  readonly #all = new Map<string, Map<string, number>>();
  total = 0;

  /** Looks at what there is. */
  async scan(folder: string): Promise<void> {
    const found: { digest: string; kind: string; bytes: number; used: number }[] = [];
    for (const name of await readdir(folder)) {
      const [, digest = '', kind = '', ...rest] = OWN.exec(name) ?? [];
      const path = join(folder, name);
      // What was being written when the process ended.
      if (rest.some(Boolean)) await rm(path, { force: true });
      else if (kind)
        await stat(path).then(
          ({ size, mtimeMs }) => found.push({ digest, kind, bytes: onDisk(size), used: mtimeMs }),
          () => {}, // It is gone by now, or leads nowhere.
        );
    }
    for (const { digest, kind, bytes } of found.sort((a, b) => a.used - b.used)) {
      this.count(digest, kind, bytes);
      this.use(digest);
    }
  }

  /** A file has so many bytes; none if it is gone. */
  count(digest: string, kind: string, bytes: number): void {
    const sizes = this.#all.get(digest) ?? new Map<string, number>();
    this.total += bytes - (sizes.get(kind) ?? 0);
    if (bytes > 0) sizes.set(kind, bytes);
    else sizes.delete(kind);
    if (sizes.size > 0) this.#all.set(digest, sizes);
    else this.#all.delete(digest);
  }

  use(digest: string): void {
    const sizes = this.#all.get(digest);
    if (!sizes) return;
    this.#all.delete(digest);
    this.#all.set(digest, sizes);
  }

  of(digest: string, kind: string): number {
    return this.#all.get(digest)?.get(kind) ?? 0;
  }

  kinds(digest: string): string[] {
    return [...(this.#all.get(digest)?.keys() ?? [])];
  }

  /** The least lately used first, as it is by then. */
  digests(): Iterable<string> {
    return this.#all.keys();
  }
}
