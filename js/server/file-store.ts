// Responses in files: what is kept outlives the process. One process has a folder to itself; where another has it nevertheless,
// nothing is served that does not belong together.

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { FileSizes } from './file-sizes.js';
import { takeFolder } from './folder-lock.js';
import { type FileRecord, NONE, readRecord, type Sums, written } from './file-record.js';
import { checkOptions } from '../host/checks.js';
import { coming } from './read-body.js';
import type { Store } from '../host/store.js';
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

/** What the file of a record is called behind the digest of its key; bodies are called after their slots. */
const RECORD = 'record';

/** From so many bytes on a body comes in pieces. */
const LONG = 512 * 1024;

/**
 * A store in files.
 *
 * @throws Error if another process has the folder; CacheError with code `options`, naming the option that cannot be.
 * @example
 * import { cachingFetch, fileStore } from 'keepfresh/node';
 *
 * const fetch = cachingFetch({ store: fileStore({ folder: '.cache/http' }) });
 */
export function fileStore(options: FileStoreOptions): FileStore {
  checkOptions('fileStore', options, { folder: '!name', maxBytes: 'amount', maxBodyBytes: 'amount' });
  const { maxBytes = 2 ** 30, maxBodyBytes = maxBytes / 8 } = options;
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const release = takeFolder(folder);
  const files = new VerifiedFiles(folder);
  const sizes = new FileSizes();
  /** Digests of bodies that no record speaks of yet, by their files. */
  const kept = new Map<string, string>();

  let scanned: Promise<void> | undefined;
  const ready = () =>
    (scanned ??= sizes.scan(folder).catch((error) => {
      scanned = undefined;
      throw error;
    }));

  // Another process may have written a record that nobody knows of here.
  const drop = async (digest: string, kinds = [RECORD, ...sizes.kinds(digest)]) => {
    // The record goes first: without it nobody looks for a body.
    for (const kind of [...new Set(kinds)].sort().reverse()) {
      await files.remove(`${digest}.${kind}`);
      sizes.count(digest, kind, 0);
      kept.delete(`${digest}.${kind}`);
    }
  };
  const makeRoom = async () => {
    for (const digest of sizes.digests()) {
      if (sizes.total <= maxBytes) return;
      await drop(digest);
    }
  };
  const put = async (digest: string, kind: string, bytes: Parameters<VerifiedFiles['put']>[1]) => {
    const [length, sum] = await files.put(`${digest}.${kind}`, bytes);
    sizes.count(digest, kind, onDisk(DIGEST + length));
    sizes.use(digest);
    return sum;
  };
  const recordOf = async (digest: string) => readRecord(await files.read(`${digest}.${RECORD}`));
  const bodyIn = async (digest: string, slot: string, { sums }: FileRecord) => {
    const [name, sum] = [`${digest}.${slot}`, sums[slot]];
    const isLong = sizes.of(digest, slot) > LONG;
    if (!sum) return undefined;
    if (isLong) {
      const { body, ...divisible } = (await files.stream(name, sum)) ?? {};
      return body && Object.assign(new Response(body), divisible);
    }
    const bytes = await files.read(name, sum);
    return bytes && new Response(bytes);
  };
  const find = async (key: string) => {
    await ready();
    const digest = digestOf(key);
    const read = await recordOf(digest);
    const found = read.key === key ? read : NONE;
    return { ...found, body: (slot: string) => bodyIn(digest, slot, found) };
  };

  return {
    find,
    read: async (key) => (await find(key)).record,
    body: async (key, slot) => (await find(key)).body(slot),
    async keep(key, slot, response) {
      await ready();
      const digest = digestOf(key);
      kept.set(`${digest}.${slot}`, await put(digest, slot, coming(response, maxBodyBytes)));
    },
    async write(key, record, freed, from, slot) {
      const { sums } = (from as FileRecord | undefined) ?? (await find(key));
      const digest = digestOf(key);
      // What others have kept is for a record of theirs, which they have yet to write.
      const others = (kind: string) => kept.has(`${digest}.${kind}`) && !freed.includes(kind);
      if (!record)
        return drop(
          digest,
          [RECORD, ...sizes.kinds(digest)].filter((kind) => !others(kind)),
        );
      const name = `${digest}.${slot}`;
      const sum = kept.get(name);
      kept.delete(name);
      const all: Sums = { ...sums, ...(slot && sum && { [slot]: sum }) };
      for (const slot of freed) delete all[slot];
      const putting = put(digest, RECORD, [written({ key, sums: all, record })]);
      // What is to go goes with all that is beside it, where a full disk has no room to say what stays.
      if (!slot && freed.length > 0) await putting.catch(() => drop(digest));
      else await putting;
      await drop(digest, freed);
      await makeRoom();
    },
    async keys(origin) {
      await ready();
      const keys: string[] = [];
      // What is used meanwhile goes to the end, where it would be met again.
      for (const digest of [...sizes.digests()]) {
        const { key } = await recordOf(digest);
        if (key.startsWith(`${origin}/`)) keys.push(key);
      }
      return keys;
    },
    use: (key) => sizes.use(digestOf(key)),
    close: release,
  };
}

const digestOf = (key: string): string => sha256(key).toString('hex');
