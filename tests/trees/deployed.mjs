// A tree before and after the build, behind one address.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../browser/processes.mjs';
import { keepfresh } from '../cli/run.mjs';
import { fetchTree, Unreachable } from './fetch.mjs';
import { startServer } from './server.mjs';

/**
 * Fetches a tree if it is missing.
 *
 * @returns `{src}`, or `{reason}` where no registry can be asked for it
 */
export async function obtain(tree) {
  try {
    return { src: await fetchTree(tree) };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return { reason: `not to be had: ${error.message}` };
  }
}

/** Builds a tree and starts its server. */
export async function deploy({ base = '/' }, src) {
  const folder = temporaryFolder('tree');
  const out = join(folder, 'out');
  const { status, stderr } = keepfresh('build', src, '--out', out, '--base', base, '--no-cache');
  assert.equal(status, 0, stderr);
  const files = Object.entries(JSON.parse(readFileSync(join(out, 'keepfresh.json'), 'utf8')).files);
  const immutable = new Set(files.filter(([, file]) => file.immutable).map(([, { url }]) => decodeURIComponent(url)));
  const server = await startServer(base);
  return {
    server,
    src,
    out,
    url: (page) => `${server.origin}${base}${page}`,
    /** Whether what a URL names may be cached for ever. */
    isImmutable: (url) => immutable.has(decodeURIComponent(new URL(url).pathname).slice(base.length)),
    /** The files that have kept their names because a bundler has made them. */
    bundled: files.map(([path]) => path).filter((path) => immutable.has(path)),
    close() {
      server.close();
      removeFolder(folder);
    },
  };
}

/**
 * Looks at a page before the build and after it, again if they differ: a page that takes its time is not always seen
 * at the same moment.
 *
 * @param visit opens the page
 * @param compare gives what differs between two visits
 * @param expected the kinds of difference that are known
 * @returns the differences between every visit before the build and every one after it, as the latest two show them,
 *   and the last visit after it
 */
export async function beforeAndAfter(site, visit, compare, expected = []) {
  const visits = { before: [], after: [] };
  let lasting;
  for (let round = 1; ; round++) {
    site.server.show(site.src);
    visits.before.push(await visit(site.server));
    site.server.show(site.out);
    visits.after.push(await visit(site.server));
    for (const [before, after] of newPairs(visits)) {
      const found = await compare(before, after);
      lasting = Object.fromEntries(Object.entries(found).filter(([kind]) => !lasting || kind in lasting));
    }
    if (round === ROUNDS || Object.keys(lasting).every((kind) => expected.includes(kind))) {
      return { found: lasting, after: visits.after.at(-1) };
    }
  }
}

const ROUNDS = 8;

/** The pairs that the latest two visits make, with each other last. */
function newPairs({ before, after }) {
  const [lastBefore, lastAfter] = [before.at(-1), after.at(-1)];
  const earlier = before.slice(0, -1).map((one) => [one, lastAfter]);
  return [...earlier, ...after.map((one) => [lastBefore, one])];
}
