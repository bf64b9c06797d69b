// A long file, of which each who reads has a piece in memory.

import type { FileHandle } from 'node:fs/promises';
import type { Divisible } from '../host/body.js';

/** How many bytes of a long file are in memory at the same time, for each who reads it. */
export const PIECE = 256 * 1024;

/** Files whose readers are gone and have not come to an end. */
const left = new globalThis.FinalizationRegistry((file: FileHandle) => void file.close().catch(() => {}));

/** What is behind the digest of a file, to be read in pieces. */
export interface Long extends Pick<Divisible, 'narrow' | 'size'> {
  body: ReadableStream;
}

/** What is behind the first bytes of a file, which is closed when all is read that is wanted, or nobody does any more. */
export function longIn(file: FileHandle, begin: number, size: number): Long {
  let [at, end] = [begin, begin + size];
  const pull = async (controller: ReadableStreamDefaultController) => {
    const reading = file.read(Buffer.alloc(Math.min(PIECE, end - at)), 0, null, at);
    const { bytesRead, buffer } = await reading.catch((error) => file.close().then(() => Promise.reject(error)));
    at += bytesRead;
    if (bytesRead > 0) controller.enqueue(new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead));
    if (at < end && bytesRead > 0) return;
    await file.close();
    if (at === end) controller.close();
    else throw new Error('a stored file has been cut short while it was read');
  };
  const body = new ReadableStream({ pull, cancel: () => file.close() }, { highWaterMark: 0 });
  left.register(body, file);
  const narrow = (skip: number, length: number) => void ([at, end] = [begin + skip, begin + skip + length]);
  return { body, size, narrow };
}
