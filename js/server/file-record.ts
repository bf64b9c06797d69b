// What the file of a record says: the key, the digests of the bodies that the record speaks of, and the record. So no record is
// ever taken for that of another's body, whoever writes into the folder.

/** SHA-256 of bodies by their slots. */
export type Sums = Record<string, string>;

/** What there is of a key. */
export interface FileRecord {
  key: string;
  sums: Sums;
  record: string;
}

export const NONE: FileRecord = { key: '', sums: {}, record: '' };

export function written({ key, sums, record }: FileRecord): Buffer {
  return Buffer.from(`${key}\n${JSON.stringify(sums)}\n${record}`);
}

/** What a file says; nothing if it is not one of these. */
export function readRecord(bytes: Buffer | undefined): FileRecord {
  const [key = '', sums = '', ...record] = bytes?.toString().split('\n') ?? [];
  try {
    return { key, sums: JSON.parse(sums) as Sums, record: record.join('\n') };
  } catch {
    return NONE;
  }
}
