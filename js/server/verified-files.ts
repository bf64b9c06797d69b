// Files that are what was written, or as good as none.

import { createHash, type Hash, randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Long, longIn, PIECE } from './long-file.js';

/** A file begins with the SHA-256 of what is behind it: so many bytes. */
export const DIGEST = 32;

/** How many bytes of a disk a file takes: most have blocks of so many. */
export const onDisk = (length: number): number => Math.ceil(length / 4096) * 4096;

export class VerifiedFiles {
  /** Those whose bytes are known to be what was written, by what the file system says of them: it is looked at once as they are. */
  readonly #known = new Map<string, Stamp>();

  constructor(readonly folder: string) {}

  /** In one step: whoever reads has what was there or what is there, and never a part. Gives its length and its SHA-256. */
  async put(name: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<[number, string]> {
    const path = join(this.folder, name);
    const draft = `${path}.${randomUUID()}`;
    const file = await open(draft, 'wx').catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      // Somebody has emptied the cache by hand.
      await mkdir(this.folder, { recursive: true });
      return open(draft, 'wx');
    });
    try {
      const hash = createHash('sha256');
      let at = DIGEST;
      for await (const piece of pieces) {
        hash.update(piece);
        await writeAll(file, piece, at);
        at += piece.byteLength;
      }
      const digest = hash.digest();
      await writeAll(file, digest, 0);
      const stats = await file.stat();
      await file.close();
      await rename(draft, path);
      if (stats.size === at) this.#known.set(name, { text: textOf(stats), isSure: false });
      return [at - DIGEST, digest.toString('hex')];
    } catch (error) {
      await file.close().catch(() => {});
      // A disk that is full is not to be filled with halves.
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
  }

  /** @param sum the SHA-256 that it has to have. Default: its own. */
  async read(name: string, sum?: string): Promise<Buffer<ArrayBuffer> | undefined> {
    const [path, now] = [join(this.folder, name), Date.now()];
    const look = async () => stampOf(await stat(path), now);
    const known = this.#known.get(name);
    const isSure = known?.isSure;
    const looked = async () => [isSure ? known : await look(), await readFile(path), await look()] as const;
    const [before, file, after] = await looked().catch(orNone(() => []));
    const [digest, bytes] = [file?.subarray(0, DIGEST), file?.subarray(DIGEST)];
    if (!bytes || (sum && digest!.toString('hex') !== sum)) return undefined;
    // Who has written into it, or does while it is read, has changed its stamp by now.
    const isSame = before!.text === after!.text;
    if (!(isSure && isSame) && !sha256(bytes).equals(digest!)) return undefined;
    if (isSame) this.#known.set(name, after!);
    else this.#known.delete(name);
    return bytes;
  }

  /** The same for a long one, of which each who reads has a piece in memory. What takes its place meanwhile is another file. */
  async stream(name: string, sum: string): Promise<Long | undefined> {
    const file = await open(join(this.folder, name)).catch(orNone(() => undefined));
    if (!file) return undefined;
    try {
      const now = Date.now();
      const stats = await file.stat();
      const stamp = stampOf(stats, now);
      const { buffer: digest } = await file.read(Buffer.alloc(DIGEST), 0, DIGEST, 0);
      // No more of it is read than somebody asks for, though it may not be sure.
      const isKnown = this.#known.get(name)?.text === stamp.text;
      if (digest.toString('hex') === sum && (isKnown || digest.equals(await hashOf(file)))) {
        if (!isKnown) this.#known.set(name, stamp);
        return longIn(file, DIGEST, stats.size - DIGEST);
      }
      await file.close();
      return undefined;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    this.#known.delete(name);
    await rm(join(this.folder, name), { force: true });
  }
}

/** What the file system says of a file, which changes when the file is written into. */
interface Stamp {
  text: string;
  /** Whether it does even if that is at once: time is counted in steps there, of some milliseconds, or of a second or two. */
  isSure: boolean;
}

type Stamped = Pick<Stats, 'ino' | 'mtimeMs' | 'size'>;

const textOf = ({ ino, mtimeMs, size }: Stamped): string => `${ino} ${mtimeMs} ${size}`;

const stampOf = (stats: Stamped, now: number): Stamp => ({
  text: textOf(stats),
  isSure: now - stats.mtimeMs > (stats.mtimeMs % 1000 === 0 ? 2000 : 100),
});

const orNone =
  <T>(none: () => T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code !== 'ENOENT') throw error;
    return none();
  };

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;)
    done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
}

async function hashOf(file: FileHandle): Promise<Buffer> {
  const hash: Hash = createHash('sha256');
  const buffer = Buffer.alloc(PIECE);
  for (let at = DIGEST; ;) {
    const { bytesRead } = await file.read(buffer, 0, PIECE, at);
    if (bytesRead === 0) return hash.digest();
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

export function sha256(what: Uint8Array | string): Buffer {
  return createHash('sha256').update(what).digest();
}
