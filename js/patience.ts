// Trying again: what the network or a server refuses now it may give a little later.

import { retryAfter } from './send.js';

/** Milliseconds before each further try; a server that names a time is believed, up to the last of them times ten. */
const PAUSES = [400, 2000];

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Whether a server may have another answer later. */
export const isBusy = ({ status }: Response): boolean => status >= 500 || status === 429;

/**
 * Fetches something, and again where that is worth it.
 *
 * @param tries how often at the most.
 * @returns the last response, whatever its status.
 * @throws what the network failed with the last time.
 */
export async function fetchPatiently(url: string, init: RequestInit, tries: number): Promise<Response> {
  for (let failed = 0; ; failed++) {
    const isLast = failed + 1 >= Math.min(tries, PAUSES.length + 1);
    const [response, error] = await fetch(url, init).then(
      (response): [Response, unknown] => [response, undefined],
      (error): [undefined, unknown] => [undefined, error],
    );
    if (response && (isLast || !isBusy(response))) return response;
    if (isLast) throw error;
    const wanted = response ? Math.min(retryAfter(response) * 1000, 10 * PAUSES.at(-1)!) : 0;
    // Those who were refused together need not come back together.
    await pause(Math.max(wanted, PAUSES[failed]! * (0.75 + Math.random() / 2)));
  }
}
