// No command takes longer than it may.

import { asTimer } from '../server/limits.js';

export function within<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = work();
    const tooLate = () => reject(new Error(`Redis has not answered within ${milliseconds} ms`));
    // Where this process itself was late, the answer may lie there: it is read first.
    const timer = setTimeout(() => setImmediate(() => setImmediate(tooLate)), asTimer(milliseconds));
    const settle = (): void => clearTimeout(timer);
    done.then(settle, settle);
    done.then(resolve, reject);
  });
}
