// The scripts of a worker, which carry their digests in their names: a browser runs whatever it was given under these.

import { cacheError } from '../host/error.js';
import { isTextOf } from './list.js';
import { MARK } from './static-answer.js';

declare const self: ServiceWorkerGlobalScope;

/** What the build puts before and after a script, so that it can be read while it runs (src/build/release/worker_script.rs). */
const framed = (name: string, script: unknown) => `(self.${name}=${script as string})();\n`;

/**
 * Verifies scripts that this worker runs on, by their paths in its scope and what they are called in the world of the worker.
 * Nothing is fetched for it: a function's text is its source (ECMA-262, 20.2.3.5).
 *
 * @throws if one is not what was built: then the version before goes on.
 */
export async function verifyScripts(scripts: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, path] of Object.entries(scripts)) {
    const text = framed(name, (self as unknown as Record<string, unknown>)[name]);
    if (await isTextOf(text, path.split(MARK)[1]!.split('.')[0]!)) continue;
    // What the browser has kept of it would be run again by the next try.
    const url = self.registration.scope + path;
    await fetch(url, { cache: 'reload' }).catch(() => {});
    throw cacheError('install', `${url} is not the file that was built`);
  }
}
