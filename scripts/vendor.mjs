// Copies into www/vendor/ what the site takes from elsewhere: three typefaces and a chart library out of npm packages, and the
// page's side of keepfresh out of pkg/. www/vendor/ is not kept in git. Run by hand: `node scripts/vendor.mjs`.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './run.mjs';

const VENDOR = 'www/vendor';

/** The Latin part of each typeface; css/fonts.css names these files. */
const FONTS = {
  'bricolage-grotesque.woff2': 'bricolage-grotesque/files/bricolage-grotesque-latin-opsz-normal.woff2',
  'jetbrains-mono.woff2': 'jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2',
  'newsreader-italic.woff2': 'newsreader/files/newsreader-latin-wght-italic.woff2',
  'newsreader.woff2': 'newsreader/files/newsreader-latin-wght-normal.woff2',
};

/** Fills www/vendor/. Files that are the same already are left alone, so that their dates stay. */
export async function vendor() {
  const kept = new Set();
  for (const [name, source] of Object.entries(FONTS)) {
    copy(`node_modules/@fontsource-variable/${source}`, `fonts/${name}`, 'run `npm ci`', kept);
  }
  copy('pkg/window.js', 'keepfresh/window.js', 'run `npm run build`', kept);
  for (const name of ['uPlot.esm.js', 'uPlot.min.css'])
    copy(`node_modules/uplot/dist/${name}`, `uplot/${name}`, 'run `npm ci`', kept);
  // What an earlier build left behind would be fingerprinted and published.
  for (const path of files(VENDOR)) {
    if (!kept.has(path)) rmSync(join(ROOT, VENDOR, path));
  }
}

function copy(source, path, remedy, kept) {
  const from = join(ROOT, source);
  const to = join(ROOT, VENDOR, path);
  if (!existsSync(from)) throw new Error(`${source} is missing, and the site cannot do without it: ${remedy}`);
  kept.add(path);
  if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** The paths of all files in a folder, at any depth, with `/` between segments; none if it does not exist. */
function files(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name];
    return files(`${folder}/${entry.name}`).map((path) => `${entry.name}/${path}`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await vendor();
  } catch (error) {
    process.stderr.write(`keepfresh: ${error.message}\n`);
    process.exit(1);
  }
}
