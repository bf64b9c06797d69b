// Trying again: what the network or a server refuses now it may give a little later.

import { retryAfter } from '../worker/send.js';

/** Milliseconds before the second try; before the third, it is so many times as long. */
const PAUSE = 400;
const LONGER = 5;

/** Up to which a server is believed that names a time, in milliseconds. */
const LONGEST_PAUSE = 20_000;

/** Milliseconds after which nothing more is expected of who says nothing: some networks take a request and never answer. */
export const SILENCE = 30_000;

/** What of a file has to come in a millisecond, at the least; in bytes. */
export const SLOWEST = 2;

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Whether a server may have another answer later. */
export const isBusy = ({ status }: Response): boolean => status >= 500 || status === 429;

/** What is said of who says nothing. */
const SILENT = 'it is silent';

export const isSilent = (error: unknown): boolean => (error as Error).message === SILENT;

/** What is said of a server that may have it later. */
const BUSY = 'the server is busy';

export const isOfBusy = (error: unknown): boolean => (error as Error).message === BUSY;

/** An error that says that a response is not what was asked for. */
export const unfit = (response: Response): Error => new Error(isBusy(response) ? BUSY : `status ${response.status}`);

/** Waits for what is to come next, but not for ever. */
export const inTime = <T>(next: Promise<T>, milliseconds = SILENCE): Promise<T> =>
  Promise.race([next, pause(milliseconds).then(() => Promise.reject(new Error(SILENT)))]);

/**
 * Fetches something, and again where that is worth it.
 *
 * @param tries how often at the most.
 * @param bytes how many there are, where they are waited for as a whole. Default: only the beginning is waited for, and whoever
 *   is silent is asked once, for there is another way to have what it has.
 * @returns the last response, whatever its status.
 * @throws what the network failed with the last time.
 */
export async function fetchPatiently(url: string, init: RequestInit, tries: number, bytes = 0): Promise<Response> {
  for (let failed = 0; ; failed++) {
    const isLast = failed + 1 >= tries;
    // Broken off, and not only given up: browsers let a worker have few connections at a time.
    const gone = new AbortController();
    const late = setTimeout(() => gone.abort(), SILENCE + bytes / SLOWEST);
    let wanted = 0;
    try {
      const response = await fetch(url, { ...init, signal: gone.signal });
      if (!bytes) clearTimeout(late);
      if (isLast || !isBusy(response)) return response;
      wanted = Math.min(retryAfter(response) * 1000, LONGEST_PAUSE);
      gone.abort(); // Why it is busy is read by nobody.
    } catch (error) {
      if (gone.signal.aborted && !bytes) throw new Error(SILENT);
      if (isLast) throw error;
    }
    // Those who were refused together need not come back together.
    await pause(Math.max(wanted, PAUSE * LONGER ** failed * (0.75 + Math.random() / 2)));
  }
}
