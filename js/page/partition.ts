// Says whose responses are meant from now on.

import { askWorker } from './ask.js';

/**
 * Names the partition of routes with `partition = true`: what is stored from now on is kept apart from what was stored
 * under other names, and only that is served. The worker remembers it for all tabs, and after a restart.
 *
 * Say it before requests are made in the name of somebody else; and `''` at sign-out, from which on nothing is stored or
 * served by such routes. What was stored stays until it is thrown away: `invalidate({ partition: name })`.
 *
 * @returns whether a worker has taken note; `false` if none controls this page.
 *
 * @example
 * await partition(user.id); // signed in
 * await partition(''); // about to sign out
 * await invalidate({ partition: user.id });
 */
export function partition(name: string): Promise<boolean> {
  return askWorker({ type: 'keepfresh:partition', name }, false, 10);
}
