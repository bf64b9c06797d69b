// Responses in files: what is kept outlives the process. One process has a folder to itself.

import { mkdirSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { takeFolder } from './folder-lock.js';
import { whole } from './read-body.js';
import type { Store } from './store.js';
import { DIGEST, onDisk, sha256, VerifiedFiles } from './verified-files.js';

/** Where and how much is kept. */
export interface FileStoreOptions {
  /** The folder. It is made if it is not there, and should hold nothing else. */
  folder: string;
  /** The most bytes of all files, each as its blocks on a disk; what was not used for the longest time goes first. Default: 1 GiB. */
  maxBytes?: number;
  /** The most bytes of one body; a larger one is not kept. Default: an eighth of `maxBytes`. */
  maxBodyBytes?: number;
}

/** A store in files. */
export interface FileStore extends Store {
  /** Lets another process have the folder. */
  close(): void;
}

/** What there is of a key: bytes of its files by what their names end with. */
type Sizes = Map<string, number>;

/** What the file of a record is called behind the digest of its key; bodies are called after their slots. */
const RECORD = 'record';

/** The names of its files, and of those that are being written. Nobody else's are touched. */
const OWN = /^(?:([0-9a-f]{64})\.(record|\d+)(\.[0-9a-f-]{36})?|lock(\.[0-9a-f-]{36}\.draft))$/;

/**
 * A store in files.
 *
 * @throws Error if another process has the folder.
 * @example
 * import { cachingFetch, fileStore } from 'keepfresh/node';
 *
 * const fetch = cachingFetch({ store: fileStore({ folder: '.cache/http' }) });
 */
export function fileStore({
  folder: given,
  maxBytes = 2 ** 30,
  maxBodyBytes = maxBytes / 8,
}: FileStoreOptions): FileStore {
  const folder = resolve(given);
  mkdirSync(folder, { recursive: true });
  const release = takeFolder(folder);
  const files = new VerifiedFiles(folder);
  /** By digests, the least lately used first. */
  const all = new Map<string, Sizes>();
  let total = 0;

  const scan = async () => {
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
    for (const { digest, kind, bytes } of found.sort((a, b) => a.used - b.used)) count(digest, kind, bytes);
  };
  let scanned: Promise<void> | undefined;
  const ready = () =>
    (scanned ??= scan().catch((error) => {
      scanned = undefined;
      throw error;
    }));

  const count = (digest: string, kind: string, bytes: number) => {
    const sizes = all.get(digest) ?? new Map<string, number>();
    total += bytes - (sizes.get(kind) ?? 0);
    sizes.set(kind, bytes);
    all.delete(digest);
    all.set(digest, sizes);
  };
  const drop = async (digest: string, kinds = [...(all.get(digest)?.keys() ?? [])]) => {
    // The record goes first: without it nobody looks for a body.
    for (const kind of kinds.sort().reverse()) {
      await files.remove(`${digest}.${kind}`);
      total -= all.get(digest)?.get(kind) ?? 0;
      all.get(digest)?.delete(kind);
    }
    if (all.get(digest)?.size === 0) all.delete(digest);
  };
  const makeRoom = async () => {
    for (const digest of all.keys()) {
      if (total <= maxBytes) return;
      await drop(digest);
    }
  };
  const put = async (digest: string, kind: string, bytes: Uint8Array) => {
    await files.put(`${digest}.${kind}`, bytes);
    count(digest, kind, onDisk(DIGEST + bytes.byteLength));
  };

  return {
    async read(key) {
      await ready();
      const text = (await files.read(`${digestOf(key)}.${RECORD}`))?.toString() ?? '';
      const end = text.indexOf('\n');
      return text.slice(0, end) === key ? text.slice(end + 1) : '';
    },
    async body(key, slot) {
      const bytes = await files.read(`${digestOf(key)}.${slot}`);
      return bytes && new Response(bytes);
    },
    async keep(key, slot, response) {
      await ready();
      await put(digestOf(key), slot, await whole(response, maxBodyBytes));
    },
    async write(key, record, freed) {
      await ready();
      const digest = digestOf(key);
      if (!record) return drop(digest);
      await put(digest, RECORD, Buffer.from(`${key}\n${record}`));
      await drop(digest, freed);
      await makeRoom();
    },
    async keys(origin) {
      await ready();
      const keys: string[] = [];
      for (const digest of all.keys()) {
        const text = (await files.read(`${digest}.${RECORD}`))?.toString() ?? '';
        const key = text.slice(0, text.indexOf('\n'));
        if (key.startsWith(`${origin}/`)) keys.push(key);
      }
      return keys;
    },
    use(key) {
      const sizes = all.get(digestOf(key));
      if (!sizes) return;
      all.delete(digestOf(key));
      all.set(digestOf(key), sizes);
    },
    close: release,
  };
}

const digestOf = (key: string): string => sha256(key).toString('hex');
