// The workers that are compared: the same precache list, the same routes, minified alike.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { ROOT } from '../../scripts/run.mjs';
import { hasCli } from './site.mjs';

/** In the order of the table's columns. */
const PEERS = ['bare', 'workbox', 'serwist'];

/**
 * The workers for a site, in the order in which they take turns.
 *
 * Each has a `name` of its own, the `subject` whose column it belongs in, and the `suffix` of its cases.
 */
export async function subjects(site) {
  const peers = PEERS.map(async (name) => ({
    name,
    subject: name,
    suffix: '',
    worker: await bundle(name, assets(site.urls)),
  }));
  const ours = Object.entries(site.workers).map(([suffix, files]) => ({
    name: `keepfresh${suffix.replace('/', '-')}`,
    subject: 'keepfresh',
    suffix,
    ...files,
  }));
  return [...(await Promise.all(peers)), ...ours];
}

/** Fingerprinted assets need no revision. */
const assets = (urls) => urls.map((url) => ({ url, revision: null }));

/** A worker as its users would ship it. `entries` are `{ url, revision }`. */
export async function bundle(name, entries) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL(`workers/${name}.mjs`, import.meta.url))],
    bundle: true,
    define: {
      __MANIFEST__: JSON.stringify(entries),
      __URLS__: JSON.stringify(entries.map(({ url }) => url)),
      'process.env.NODE_ENV': '"production"',
    },
    format: 'iife',
    legalComments: 'none',
    minify: true,
    target: 'es2022',
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

/** The versions of what is compared. */
export function versions() {
  const version = (folder) => JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).version;
  return [
    `workbox ${version('node_modules/workbox-precaching')}`,
    `serwist ${version('node_modules/serwist')}`,
    ...(hasCli() ? [`keepfresh ${version('.')}`] : []),
  ];
}
