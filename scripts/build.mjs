// Builds the package: the wasm module, the npm package in pkg/, and the command line. What is up to date is skipped.
// Run by hand: `npm run build`, or `node scripts/build.mjs --worker` for the first two alone.

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { ROOT, run, say } from './run.mjs';
import { setUpBuild } from './setup.mjs';

const WASM = 'target/wasm/keepfresh_bg.wasm';
const GLUE = 'target/wasm/keepfresh.js';
const PLACE_OF_WASM = 'the wasm module goes here';
const SMALL_WASM = 'target/wasm/keepfresh.small.wasm';
const CRATE = ['src', 'Cargo.toml', 'Cargo.lock', 'build.rs', 'scripts/build.mjs'];

/** What the optimiser may take for granted: every engine that runs the worker has these. */
const WASM_FEATURES = [
  'bulk-memory',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
].map((feature) => `--enable-${feature}`);

/**
 * Smallest after compression. The body of a function is taken apart and put together anew; and one that is called once
 * stays where it is unless it is tiny (`-ocimfs`): apart, functions repeat each other more.
 */
const OPTIMISATIONS = ['-ocimfs', '25', '--simplify-locals-nonesting', '--flatten', '--rereloop', '-Oz', '-Oz'];

/** The standard library built anew without the text of panics: 15 % off the worker (the flags are nightly's). */
const SMALL_STD = ['-Zbuild-std=std,panic_abort', '-Zbuild-std-features=optimize_for_size'];
const SMALL_RUSTFLAGS = [
  '-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none',
  // Handles kept by JavaScript instead of wasm-bindgen's table in the module.
  '-Ctarget-feature=-reference-types,-multivalue',
].join(' ');

/** Builds all of it. */
export async function build() {
  await buildWorker();
  await buildCli();
}

/** The wasm module and the npm package around it. */
export async function buildWorker() {
  if (!upToDate(SMALL_WASM, CRATE, ['src/build', 'src/cli'])) {
    say('building the wasm module (about half a minute the first time)');
    const args = ['--target', 'web', '--out-dir', 'target/wasm', '--no-pack', '--no-opt', '--profile', 'worker'];
    await run('wasm-pack', ['--log-level', 'error', 'build', ...args, '--', '--locked', '--quiet', ...SMALL_STD], {
      env: { RUSTC_BOOTSTRAP: '1', RUSTFLAGS: SMALL_RUSTFLAGS },
    });
    await run('wasm-opt', [
      ...OPTIMISATIONS,
      '--strip-producers',
      '--strip-target-features',
      ...WASM_FEATURES,
      WASM,
      '-o',
      SMALL_WASM,
    ]);
    shortenHashes(SMALL_WASM, GLUE);
  }
  if (!upToDate('pkg/runtime.js', [SMALL_WASM, 'js', 'scripts/build.mjs'])) {
    say('bundling the npm package into pkg/');
    await bundle();
    await run('tsc', ['--project', 'tsconfig.json']);
    mkdirSync(join(ROOT, 'pkg'), { recursive: true });
    for (const entry of ['error', 'memory-store', 'node', 'options', 'service-worker', 'store', 'window']) {
      writeFileSync(join(ROOT, 'pkg', `${entry}.d.ts`), read(`target/types/js/${entry}.d.ts`));
    }
  }
  const size = brotliCompressSync(read('pkg/runtime.js')).length;
  say(`the worker script with its wasm: ${(size / 1024).toFixed(1)} KB after brotli`);
}

/** The command line, with the worker script inside. */
export async function buildCli() {
  if (upToDate('target/release/keepfresh', [...CRATE, 'pkg/runtime.js'])) return;
  say('building the command line (two minutes the first time)');
  await run('cargo', ['build', '--release', '--locked', '--quiet', '--features', 'cli', '--bin', 'keepfresh']);
}

/** Four entries out of js/: two for consumers, and the worker script that the command line writes out. */
async function bundle() {
  const esbuild = await import('esbuild');
  const inlineWasm = {
    name: 'inline-wasm',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^keepfresh:wasm$/ }, () => ({ path: SMALL_WASM, namespace: 'wasm' }));
      onLoad({ filter: /.*/, namespace: 'wasm' }, () => ({
        contents: `export default "${PLACE_OF_WASM}"`,
      }));
    },
  };
  const common = {
    absWorkingDir: ROOT,
    bundle: true,
    legalComments: 'none',
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'silent' },
    minify: true,
    charset: 'utf8',
    // Objects of the module are freed when their work is done, never by the garbage collector.
    define: { FinalizationRegistry: 'undefined' },
    target: 'es2022',
  };
  const consumer = { ...common, format: 'esm', outdir: 'pkg', plugins: [inlineWasm] };
  await esbuild.build({ ...consumer, entryPoints: ['js/service-worker.ts', 'js/node.ts', 'js/window.ts'] });
  await esbuild.build({
    ...common,
    entryPoints: ['js/runtime.ts'],
    format: 'iife',
    outfile: 'pkg/runtime.js',
    plugins: [inlineWasm],
  });
  for (const path of ['pkg/service-worker.js', 'pkg/node.js', 'pkg/runtime.js']) inline(path);
}

/**
 * Numbers the hashes in the names of wasm-bindgen's imports, in the module and in its JavaScript alike: a hundred
 * hashes are 1.5 KB that no compression takes away. The length stays, so that nothing in the module moves.
 */
function shortenHashes(...paths) {
  const hashes = [
    ...new Set(
      read(GLUE)
        .toString('latin1')
        .match(/(?<=_)[0-9a-f]{16}\b|(?<=_)[0-9a-f]{16}(?=_)/g),
    ),
  ].sort();
  for (const path of paths) {
    let text = read(path).toString('latin1');
    for (const [index, hash] of hashes.entries()) text = text.replaceAll(hash, String(index).padStart(16, '0'));
    writeFileSync(join(ROOT, path), text, 'latin1');
  }
}

/**
 * Bytes as a template literal with a character for each: a quarter smaller than base64 once a server has compressed
 * it, since what repeats in the bytes still repeats. Of all literals a template needs the fewest escapes.
 */
function literal(bytes) {
  const escapes = { 13: '\\r', 36: '\\$', 92: '\\\\', 96: '\\`' };
  return `\`${Array.from(bytes, (byte) => escapes[byte] ?? String.fromCharCode(byte)).join('')}\``;
}

/** Puts the module where the bundler left room for it. (The bundler itself would escape every other byte.) */
function inline(path) {
  const wasm = literal(read(SMALL_WASM));
  writeFileSync(
    join(ROOT, path),
    read(path)
      .toString()
      .replace(`"${PLACE_OF_WASM}"`, () => wasm),
  );
}

const read = (path) => readFileSync(join(ROOT, path));

/** Whether `output` is younger than every file in `inputs`, which are files and folders; `except` does not count. */
function upToDate(output, inputs, except = []) {
  const path = join(ROOT, output);
  if (!existsSync(path)) return false;
  const built = statSync(path).mtimeMs;
  const isOlder = (file) =>
    except.some((folder) => file.startsWith(folder)) || statSync(join(ROOT, file)).mtimeMs <= built;
  return inputs.flatMap(files).every(isOlder);
}

/** The files of a folder, at any depth; a file as it is. */
function files(path) {
  if (!statSync(join(ROOT, path)).isDirectory()) return [path];
  return readdirSync(join(ROOT, path)).flatMap((name) => files(`${path}/${name}`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUpBuild();
  await (process.argv.includes('--worker') ? buildWorker() : build());
}
