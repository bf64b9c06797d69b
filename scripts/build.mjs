// Builds the package: the wasm module, the npm package in pkg/, and the command line. What is up to date is skipped.
// Run by hand: `npm run build`, or `node scripts/build.mjs --worker` for the first two alone.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { output, ROOT, run, say } from './run.mjs';
import { setUpBuild } from './setup.mjs';
import {
  buildWasm,
  FAST_WASM,
  INSTALL_WASM,
  LEDGER_WASM,
  PRECACHE_GLUE,
  PRECACHE_WASM,
  SMALL_WASM,
  WORKER_WASM,
} from './wasm.mjs';

const CRATE = ['src', 'Cargo.toml', 'Cargo.lock', 'build.rs', 'scripts/wasm.mjs', 'scripts/wasm-order.mjs'];
/** Properties that nobody outside of worker scripts knows by their names: these are shortened, in all scripts alike. */
const OWN_NAMES =
  'arrive assets began coming compare cover deltas drafts enter expired fail failed fates flights forgets freed hold isBroken isLocal keepAsset keeps lacks land machine makeRoom pages prefix progress record remembered reply report shared slot strike turns versions kept removals ledger need sha256 tell __wbg_ptr'.split(
    ' ',
  );
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const SHORT_NAMES = Object.fromEntries(OWN_NAMES.map((name, place) => [name, LETTERS[place]]));

/** What consumers import, out of js/. */
const CONSUMED = ['service-worker', 'node', 'window', 'edge'];

/** What every worker script of the build ends with. */
const RUNTIME = 'pkg/worker/runtime.js';
const PLACE_OF_WASM = 'the wasm module goes here';

/** Builds all of it. */
export async function build() {
  await buildWorker();
  await buildCli();
}

/** The wasm module and the npm package around it. */
export async function buildWorker() {
  if (!upToDate(FAST_WASM, CRATE, ['src/build', 'src/cli'])) {
    say('building the wasm module, small for workers and fast for Node (about a minute the first time)');
    await buildWasm();
  }
  if (!upToDate(RUNTIME, [FAST_WASM, 'js', 'scripts/build.mjs'])) {
    say('bundling the npm package into pkg/');
    await bundle();
    await run('tsc', ['--project', 'tsconfig.json']);
    mkdirSync(join(ROOT, 'pkg'), { recursive: true });
    writeTypes();
  }
  const size = brotliCompressSync(read(RUNTIME)).length;
  say(`the worker script with its wasm: ${(size / 1024).toFixed(1)} KB after brotli`);
}

const PROGRAM = 'target/release/keepfresh';

/** The command line, with the worker script inside, and the schema of its settings. */
export async function buildCli() {
  if (!upToDate(PROGRAM, [...CRATE, RUNTIME])) {
    say('building the command line (two minutes the first time)');
    await run('cargo', ['build', '--release', '--locked', '--quiet', '--features', 'cli', '--bin', 'keepfresh']);
  }
  writeFileSync(join(ROOT, 'pkg/keepfresh.schema.json'), output(join(ROOT, PROGRAM), ['schema']) ?? '');
}

/** The types of what consumers import, and of all that these speak of. */
function writeTypes() {
  for (const path of files('pkg').filter((path) => path.endsWith('.d.ts'))) rmSync(join(ROOT, path));
  const written = new Set();
  const write = (name) => {
    if (written.has(name)) return;
    written.add(name);
    const types = read(`target/types/js/${name}.d.ts`);
    const path = join(ROOT, 'pkg', `${name}.d.ts`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, types);
    for (const [, other] of types.toString().matchAll(/(?:from |import\()'(\.[^']+)\.js'/g)) {
      write(posix.join(posix.dirname(name), other));
    }
  };
  CONSUMED.forEach(write);
}

/** Entries out of js/: four for consumers, and the parts of the worker script that the command line writes out. */
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
  // Who has no routes has no machines.
  const ownGlue = {
    name: 'own-glue',
    setup({ onResolve }) {
      onResolve({ filter: /target\/wasm\/keepfresh\.js$/ }, () => ({ path: join(ROOT, PRECACHE_GLUE) }));
    },
  };
  // Edge runtimes compile no module that they are not given with the script.
  const importedWasm = {
    name: 'imported-wasm',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /\/wasm\.js$/ }, () => ({ path: 'wasm', namespace: 'imported' }));
      onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /.*/, namespace: 'imported' }, () => ({
        contents: "import module from './keepfresh.wasm'; export const wasmBytes = () => module;",
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
  const consumer = { ...common, external: ['node:*'], format: 'esm', outdir: 'pkg', plugins: [inlineWasm] };
  await esbuild.build({ ...consumer, entryPoints: ['js/service-worker.ts', 'js/node.ts', 'js/window.ts'] });
  const worker = {
    ...common,
    entryNames: '[name]',
    mangleProps: new RegExp(`^(${OWN_NAMES.join('|')})$`),
    mangleCache: SHORT_NAMES,
    format: 'iife',
    outdir: 'pkg/worker',
    plugins: [inlineWasm],
  };
  await esbuild.build({
    ...worker,
    entryPoints: ['js/worker/runtime.ts', 'js/worker/parts/*.ts', { in: 'js/install/script.ts', out: 'install' }],
  });
  await esbuild.build({ ...worker, entryPoints: ['js/worker/precached.ts'], plugins: [inlineWasm, ownGlue] });
  await esbuild.build({ ...consumer, entryPoints: ['js/edge.ts'], plugins: [importedWasm] });
  // Deno imports what a module exports in its place.
  await esbuild.build({ ...consumer, entryPoints: [{ in: 'js/edge.ts', out: 'edge.deno' }] });
  writeFileSync(join(ROOT, 'pkg/keepfresh.wasm'), read(SMALL_WASM));
  // Part of node.js.
  writeFileSync(join(ROOT, 'pkg/LICENSE-srvx'), read('node_modules/srvx/LICENSE'));
  inline('pkg/service-worker.js', SMALL_WASM);
  inline('pkg/edge.deno.js', SMALL_WASM);
  inline('pkg/worker/install.js', INSTALL_WASM);
  inline('pkg/worker/precached.js', PRECACHE_WASM);
  inline(RUNTIME, LEDGER_WASM, 'pkg/worker/runtime-ledger.js');
  inline(RUNTIME, WORKER_WASM);
  inline('pkg/node.js', FAST_WASM);
}

/**
 * Bytes as a template literal with a character for each: a quarter smaller than base64 once a server has compressed
 * it, since what repeats in the bytes still repeats. Of all literals a template needs the fewest escapes.
 */
function literal(bytes) {
  const escapes = { 13: '\\r', 36: '\\$', 92: '\\\\', 96: '\\`' };
  return `\`${Array.from(bytes, (byte) => escapes[byte] ?? String.fromCharCode(byte)).join('')}\``;
}

/** Puts a module where the bundler left room for it. (The bundler itself would escape every other byte.) */
function inline(path, module, to = path) {
  const wasm = literal(read(module));
  writeFileSync(
    join(ROOT, to),
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
