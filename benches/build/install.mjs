// What is measured and what it is measured with, fetched once into target/bench-build/ and kept there.
//
// None of it is in the project's own package.json: it is only here to be compared with. Versions are exact, so
// that the trees hold the same bytes everywhere.

import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../scripts/run.mjs';

/** Everything that this benchmark leaves on the disk. */
export const FOLDER = join(ROOT, 'target/bench-build');

/** The packages that the trees are taken from, in this order: icons come last, since nothing refers to them. */
export const PACKAGES = {
  bootstrap: '5.3.9',
  'date-fns': '4.4.0',
  echarts: '6.1.0',
  '@fontsource/roboto': '5.3.0',
  katex: '0.19.1',
  'lodash-es': '4.18.1',
  mathjax: '3.2.2',
  'monaco-editor': '0.57.0',
  'pdfjs-dist': '5.6.205',
  'plotly.js-dist': '4.1.1',
  'swagger-ui-dist': '5.35.0',
  three: '0.187.0',
  typescript: '5.9.2',
  'video.js': '8.24.1',
  'bootstrap-icons': '1.13.2',
  '@mdi/svg': '7.4.47',
};

/** What keepfresh is compared with, as far as npm has it. */
export const PEERS = { gulp: '5.0.1', 'gulp-rev': '12.0.0', 'workbox-build': '7.4.1' };

export const DJANGO = '5.2.19';

/** Where the programs of peers/ are run: beside node_modules, so that their imports are found. */
export const program = (name) => join(FOLDER, name);

/** The interpreter that has Django. */
export const PYTHON = join(FOLDER, 'venv/bin/python');

/** Installs what is absent. Says whether Django is there; without the npm packages there is nothing to measure. */
export function install(say) {
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ['gulp-rev.mjs', 'workbox-build.mjs', 'django_static.py']) {
    copyFileSync(fileURLToPath(new URL(`peers/${name}`, import.meta.url)), program(name));
  }
  installFromNpm(say);
  return installDjango(say);
}

function installFromNpm(say) {
  const wanted = JSON.stringify({ private: true, dependencies: { ...PACKAGES, ...PEERS } }, undefined, 2);
  const asked = join(FOLDER, 'package.json');
  // npm writes this when it is done.
  const done = join(FOLDER, 'node_modules/.package-lock.json');
  if (existsSync(asked) && existsSync(done) && readFileSync(asked, 'utf8') === wanted) return;
  say('installing the npm packages (half a minute)');
  rmSync(done, { force: true });
  writeFileSync(asked, wanted);
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  execFileSync('npm', ['install', '--ignore-scripts', ...quiet], { cwd: FOLDER, stdio: ['ignore', 2, 2] });
}

function installDjango(say) {
  const has = () => {
    try {
      const version = ['-c', 'import django; print(django.__version__)'];
      return execFileSync(PYTHON, version, { encoding: 'utf8', stdio: 'pipe' }).trim() === DJANGO;
    } catch {
      return false;
    }
  };
  if (has()) return true;
  say('installing Django');
  try {
    const stdio = ['ignore', 'pipe', 'pipe'];
    execFileSync('python3', ['-m', 'venv', join(FOLDER, 'venv')], { stdio });
    execFileSync(PYTHON, ['-m', 'pip', 'install', '--quiet', `django==${DJANGO}`], { stdio });
  } catch (error) {
    say(`Django cannot be installed and is left out: ${error.message}`);
  }
  return has();
}
