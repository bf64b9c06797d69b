// The sites that are measured: written as source, built by our own command line, the result shared by all subjects.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';
import { bigScript, manyScripts } from './big-script.mjs';

/** The command line under test. */
const CLI = join(ROOT, 'target/release/keepfresh');

/** Without it there is no subject `keepfresh`. */
export const hasCli = () => existsSync(CLI);

/** The routes, and a precache list of assets alone: what the other subjects are given too. */
const CONFIG = `
[precache]
exclude = ["*.html"]

[[routes]]
path = "data/*"
policy = "stale-while-revalidate"

[[routes]]
path = "lists/*"
policy = "cache-first"

[[routes]]
mode = "navigate"
policy = "network-first"
`;

/** What is asked for by a route, again and again. */
export const LIST = '/lists/all.json';

/** A site with `count` small scripts, of 1 KB or as many. */
export function manyAssets(count, kilobytes = 1) {
  const text = (i) => Array.from({ length: kilobytes }, (_, part) => filler(i + 31 * part)).join(' ');
  const asset = (i) => [`assets/part-${i}.js`, `export const part${i} = ${JSON.stringify(text(i))};\n`];
  return Object.fromEntries(Array.from({ length: count }, (_, i) => asset(i)));
}

/** A site with one script, of 5 MB; the next release has another line in it. */
export const oneBigScript = (release) => ({ 'assets/app.js': bigScript(release) });

/** A site whose 5 MB are scripts that go into packs. */
export const packedScripts = () => Object.fromEntries(manyScripts().map((text, n) => [`assets/part-${n}.js`, text]));

/** 1 KB that differs from asset to asset. */
const filler = (seed) =>
  Array.from({ length: 160 }, (_, i) => (seed * 7919 + i * 104729) % 999983)
    .join(' ')
    .slice(0, 1000);

/** What a worker loads beside its script: `{ list, worker, install }`. */
function partsOf(out) {
  const names = readdirSync(join(out, 'keepfresh'));
  const part = (name) =>
    readFileSync(
      join(
        out,
        'keepfresh',
        names.find((file) => file.startsWith(`${name}.kf.`)),
      ),
    );
  return { list: part('list'), worker: part('worker'), install: part('install') };
}

/**
 * Writes the site and builds it, with and without static routes.
 *
 * @param options further ones of the command line.
 *
 * Returns the folder to serve, the URLs to precache, and the workers by the suffix of the cases they belong to.
 * Without our command line the source is served as it is, and there are no workers.
 */
export function build(folder, assets, options = []) {
  const source = join(folder, 'source');
  const paths = Object.keys(assets);
  const links = paths.map((path) => `<link rel="prefetch" href="${path}">`);
  const write = (path, text) => {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), text);
  };
  for (const [path, text] of Object.entries(assets)) write(path, text);
  write('keepfresh.toml', CONFIG);
  write('with-memory.toml', `memory-bytes = 4000000\n${CONFIG}`);
  write(LIST, JSON.stringify(Array.from({ length: 200 }, (_, i) => filler(i).slice(0, 10))));
  // What is measured in is small; the page that refers to every asset is only there for the build to read.
  write('index.html', '<!doctype html>\n<html lang="en"><title>Start</title></html>\n');
  write('list.html', `<!doctype html>\n<html lang="en"><title>All</title>\n${links.join('\n')}\n</html>\n`);
  if (!hasCli()) return { folder: source, urls: paths.map((path) => `/${path}`), workers: {} };

  const workers = {};
  for (const [suffix, flags] of [
    ['', []],
    ['/no-static-routes', ['--no-static-routes']],
    ['/memory', ['--config', join(source, 'with-memory.toml')]],
  ]) {
    const out = join(folder, `built${suffix.replace('/', '-')}`);
    // Its report is not of interest, unless it fails: then the Error has it.
    execFileSync(CLI, ['build', source, '--out', out, ...flags, ...options], { stdio: 'pipe' });
    workers[suffix] = { worker: readFileSync(join(out, 'sw.js')), parts: partsOf(out) };
    // All subjects share a folder. What is beside the script has a name that tells it apart.
    if (suffix) cpSync(join(out, 'keepfresh'), join(folder, 'built', 'keepfresh'), { recursive: true });
  }
  const { files } = JSON.parse(readFileSync(join(folder, 'built', 'keepfresh.json'), 'utf8'));
  return { folder: join(folder, 'built'), urls: paths.map((path) => `/${files[path].url}`), workers };
}
