// Digests of what a build wrote, by the paths that it is served under, so that what comes from a server can be held to them.

import { cacheError } from '../host/error.js';
import { heeding } from './limits.js';

/** What is read of `keepfresh.json`, which `keepfresh build` writes. */
export interface Manifest {
  files: Record<string, { url: string; integrity: string; bytes: number; immutable?: boolean }>;
  written?: Record<string, { integrity: string; bytes: number }>;
}

/** What the bytes under a path must be. */
export interface Expected {
  /** `sha256-` and the digest in base64 (Subresource Integrity, section 3.5). */
  integrity: string;
  bytes: number;
}

/** In the names of files that never change: what else is there is another's by the next release. */
const FINGERPRINTED = /\.kf\.[0-9a-f]+\.\w+$/;

/**
 * What must be under which path, of files whose names say that they never change. Paths are as in {@link decoded}.
 *
 * @param base the path that the site stands under.
 * @throws `CacheError` with code `options` where a manifest is none.
 */
export function digestsIn(manifests: Manifest[], base: string): Map<string, Expected> {
  const all = new Map<string, Expected>();
  const root = decoded(new URL(base, 'http://x/').pathname).replace(/\/?$/, '/');
  const add = (path: string, { integrity, bytes }: Expected) => {
    if (!/^sha256-/.test(integrity) || !(Number.isInteger(bytes) && bytes >= 0)) throw new TypeError(path);
    all.set(root + path, { integrity, bytes });
  };
  try {
    for (const { files, written = {} } of manifests) {
      for (const file of Object.values(files)) if (file.immutable) add(decoded(file.url), file);
      for (const [path, file] of Object.entries(written)) if (FINGERPRINTED.test(path)) add(path, file);
    }
  } catch (error) {
    const { message } = error as Error;
    throw cacheError(
      'options',
      `manifests: one is not what \`keepfresh build\` writes into keepfresh.json (${message})`,
    );
  }
  return all;
}

/** A path without escapes: however it is written, servers find the same file. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // No file of a build is called so.
  }
}

/**
 * The bytes of a response, if they are what is expected. What is longer is not read to its end; `progress` is called in between.
 *
 * @throws what `signal` is aborted with.
 */
export async function verified(
  response: Response,
  { bytes, integrity }: Expected,
  signal: AbortSignal,
  progress: () => void,
): Promise<Uint8Array | undefined> {
  const all = new Uint8Array(bytes);
  let at = 0;
  const reader = response.body?.getReader();
  const leave = () => reader?.cancel().catch(() => {});
  for (;;) {
    const chunk = reader && (await heeding(signal, reader.read(), leave)).value;
    if (!chunk) break;
    progress();
    if (at + chunk.byteLength > bytes) return void leave();
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  if (at < bytes) return undefined;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return `sha256-${btoa(String.fromCharCode(...digest))}` === integrity ? all : undefined;
}
