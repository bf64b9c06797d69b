// Time limits that users set, as timers take them; and what is waited for no longer than that.

/** The most milliseconds that a timer takes: what is more would be over at once. */
const LONGEST = 2 ** 31 - 1;

export const asTimer = (milliseconds: number): number => Math.min(milliseconds, LONGEST);

/**
 * What comes, or an error once a signal says that nobody waits for it: what users pass need not heed the signal.
 *
 * @param leave sees to what is left then.
 */
export function heeding<T>(signal: AbortSignal, coming: Promise<T>, leave: () => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      leave();
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    const settle = () => signal.removeEventListener('abort', abort);
    coming.then(settle, settle);
    coming.then(resolve, reject);
  });
}
