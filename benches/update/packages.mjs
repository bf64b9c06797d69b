// Real releases to update between: packages as people vendor them, two consecutive releases each.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';

/** Downloaded once, and kept. */
const FOLDER = join(ROOT, 'target/bench-packages');

const isCode = (path) => /\.(js|css)$/.test(path);

/** What of a package a site would vendor. */
const FILES = {
  bootstrap: (path) => /^dist\/(css\/bootstrap|js\/bootstrap\.bundle)\.min\.(css|js)$/.test(path),
  'monaco-editor': (path) => path.startsWith('min/vs/') && isCode(path) && !path.includes('nls.messages'),
  'react-dom': (path) => path === 'cjs/react-dom-client.production.js',
  three: (path) => /^build\/three\.(core|module)(\.min)?\.js$/.test(path),
  vue: (path) => path === 'dist/vue.global.prod.js',
};

/** The releases before and after, by the name of a case. */
export const RELEASES = {
  patch: {
    bootstrap: ['5.3.8', '5.3.9'],
    'monaco-editor': ['0.55.0', '0.55.1'],
    'react-dom': ['19.3.0', '19.3.1'],
    three: ['0.186.0', '0.186.1'],
    vue: ['3.5.44', '3.5.45'],
  },
  minor: {
    bootstrap: ['5.2.3', '5.3.0'],
    'monaco-editor': ['0.56.0', '0.57.0'],
    'react-dom': ['19.2.9', '19.3.0'],
    three: ['0.186.1', '0.187.0'],
    vue: ['3.4.38', '3.5.0'],
  },
};

/** Copies a release of each package into `vendor/` of a folder; the paths of its files. */
export function vendor(folder, releases, which) {
  return Object.entries(releases).flatMap(([name, versions]) => {
    const from = unpacked(name, versions[which]);
    const paths = readdirSync(from, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(from.length + 1))
      .filter(FILES[name]);
    if (paths.length === 0) throw new Error(`${name} ${versions[which]} has none of the files that are looked for`);
    return paths.map((path) => {
      const to = `vendor/${name}/${path}`;
      mkdirSync(dirname(join(folder, to)), { recursive: true });
      cpSync(join(from, path), join(folder, to));
      return to;
    });
  });
}

/** The folder of a release of a package: downloaded once, and kept. */
export function unpacked(name, version) {
  const folder = join(FOLDER, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const next = `${folder}.next`;
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  const options = { cwd: next, stdio: ['ignore', 'pipe', 'pipe'] };
  const archive = String(execFileSync('npm', ['pack', '--silent', `${name}@${version}`], options)).trim();
  execFileSync('tar', ['xzf', archive], options);
  renameSync(join(next, 'package'), folder);
  rmSync(next, { recursive: true });
  return folder;
}
