// Builds the sites that hosts are asked for, each once.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keepfresh } from '../cli/run.mjs';
import { FILES } from './table.mjs';

const CONFIG = `[headers]
cdn = "max-age=60"
dictionaries = true
[headers.groups]
"docs/**" = ["docs"]
`;

/** Rules that a site brings, each of which adds a field to every response. */
const OWN = {
  '.htaccess': '<IfModule mod_headers.c>\n  Header set X-Own yes\n</IfModule>\n',
  'vercel.json': JSON.stringify({
    cleanUrls: true,
    headers: [{ source: '/app/(.*)', headers: [{ key: 'X-Own', value: 'yes' }] }],
  }),
  _headers: '# Our own.\n/app/*\n  X-Own: yes\n',
};

/** What these say of caching. */
const OWN_CACHING = 'max-age=30';
const CACHING = {
  '.htaccess': `Header set Cache-Control "${OWN_CACHING}"\n`,
  'vercel.json': JSON.stringify({
    headers: [{ source: '/(.*)', headers: [{ key: 'Cache-Control', value: OWN_CACHING }] }],
  }),
};

/** More than a host takes rules for: assets, and files that bundlers have named among others. */
const MANY = Object.fromEntries(
  Array.from({ length: 300 }, (_, n) => [
    [`many/file-${n}.css`, `a { order: ${n} }`],
    [`many/chunk-C7hT2${String(n).padStart(3, '0')}.js`, `export const n = ${n};`],
  ]).flat(),
);

/** Each: the path that it stands under, what it has beside `FILES`, and what is configured. */
export const SITES = {
  'a site': { base: '/', files: {} },
  'a site below a path, with everything configured': {
    base: '/app/',
    files: { ...OWN, 'keepfresh.toml': CONFIG },
    configured: true,
    own: true,
  },
  'a site with rules of its own for caching': { base: '/', files: CACHING, asks: OWN_CACHING },
  'a site with few digits in its names': {
    base: '/',
    files: { 'keepfresh.toml': '[names]\ndigits = 12\n' },
  },
  'a site of many files': { base: '/', files: MANY, large: true, isLeftOut: (path) => path.includes('.kf.') },
  'a site of many files, some with a mark in their names, with everything configured': {
    base: '/',
    files: { ...MANY, 'keepfresh.toml': CONFIG },
    configured: true,
    large: true,
    marked: true,
  },
};

/** What every build writes. */
export const HOSTS = ['--host', 'nginx,apache,caddy,vercel,firebase', '--compress', 'br,zstd,gzip'];

/**
 * Builds one in `folder`: `{out, root, base, url}`. `root` is what a server gives out, so that `out` stands at `base`;
 * `url` is the path of a request for a path of the table.
 */
export function build(folder, { base, files, isLeftOut = () => false }) {
  const src = join(folder, 'src');
  for (const [path, text] of Object.entries({ ...FILES, ...files })) {
    if (isLeftOut(path)) continue;
    mkdirSync(dirname(join(src, path)), { recursive: true });
    writeFileSync(join(src, path), text);
  }
  const root = join(folder, 'root');
  const out = join(root, base);
  mkdirSync(root);
  const { status, stderr } = keepfresh('build', src, '--out', out, '--base', base, ...HOSTS);
  if (status !== 0) throw new Error(stderr);
  const names = readdirSync(out, { recursive: true });
  const url = (path) => base + encode(path.startsWith('@') ? fingerprinted(names, path.slice(1)) : path);
  return { out, root, base, url };
}

function fingerprinted(names, path) {
  const dot = path.lastIndexOf('.');
  const [stem, extension] = [`${path.slice(0, dot)}.kf.`, path.slice(dot)];
  const digits = /^([0-9a-f]{12}|[0-9a-f]{20})$/;
  const found = names.find(
    (name) =>
      name.startsWith(stem) &&
      name.endsWith(extension) &&
      digits.test(name.slice(stem.length, name.length - extension.length)),
  );
  if (!found) throw new Error(`${path} has no fingerprinted name`);
  return found;
}

/** A path as a browser sends it. */
export function encode(path) {
  const escaped = path.replace(/[%?#\\]/g, encodeURIComponent);
  return new URL(`http://x/${escaped}`).pathname.slice(1);
}
