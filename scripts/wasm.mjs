// The crate as wasm, six times: small for workers, which download and compile it at each start, with what reads routes
// for the npm package and without it for the worker scripts that the build writes (with what keeps budgets, without, and
// without all that answers by routes); fast for Node. The JavaScript that wasm-bindgen writes is the same for these, but for
// those without routes, who do without that of machines. And what unpacks downloads, which knows no rules and needs no JavaScript.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run } from './run.mjs';
import { inOrder } from './wasm-order.mjs';

export const WORKER_WASM = 'target/wasm/keepfresh.worker.wasm';
export const LEDGER_WASM = 'target/wasm/keepfresh.ledger.wasm';
export const PRECACHE_WASM = 'target/wasm/keepfresh.precache.wasm';
export const SMALL_WASM = 'target/wasm/keepfresh.small.wasm';
export const INSTALL_WASM = 'target/wasm/keepfresh.install.wasm';
export const FAST_WASM = 'target/wasm/keepfresh.fast.wasm';
const GLUE = 'target/wasm/keepfresh.js';
export const PRECACHE_GLUE = 'target/wasm-precache/keepfresh.js';

/** What the optimiser may take for granted: every engine that runs the module has these. */
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
 * stays where it is unless it is tiny (`-ocimfs`): apart, functions repeat each other more. The first kilobyte of memory is
 * the end of the stack, and nothing is there.
 */
const APART = ['--flatten', '--rereloop', '-Oz'];
const SMALL = ['--low-memory-unused', '-ocimfs', '18', '--simplify-locals-nonesting', ...APART, ...APART, '-Oz'];

const FAST = ['-O3'];

/** The standard library built anew without the text of panics: 15 % off the worker (the flags are nightly's). */
const STD = ['-Zbuild-std=std,panic_abort', '-Zbuild-std-features=optimize_for_size'];
const RUSTFLAGS = [
  '-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none',
  // Handles kept by JavaScript instead of wasm-bindgen's table in the module.
  '-Ctarget-feature=-reference-types,-multivalue',
].join(' ');

/** Room for what calls each other, where the linker would reserve a megabyte: the decoder has tables of some 40 KB there. */
const SHALLOW = ' -Clink-arg=-zstack-size=131072';

/** Builds the modules, and the JavaScript around them. */
export async function buildWasm() {
  await compile('node', 'target/wasm-node');
  await compile('worker', 'target/wasm-worker', ['--no-default-features', '--features', 'engine']);
  await compile('worker', 'target/wasm-ledger', ['--no-default-features', '--features', 'engine,ledger']);
  await compile('worker', 'target/wasm-precache', ['--no-default-features']);
  await compile('worker', 'target/wasm-install', ['--no-default-features', '--features', 'installer'], SHALLOW);
  await compile('worker', 'target/wasm');
  await Promise.all([
    makeSmall('target/wasm-worker/keepfresh_bg.wasm', WORKER_WASM),
    makeSmall('target/wasm-precache/keepfresh_bg.wasm', PRECACHE_WASM),
    makeSmall('target/wasm-ledger/keepfresh_bg.wasm', LEDGER_WASM),
    makeSmall('target/wasm/keepfresh_bg.wasm', SMALL_WASM),
    makeSmall('target/wasm-install/keepfresh_bg.wasm', INSTALL_WASM),
  ]);
  await optimise('target/wasm-node/keepfresh_bg.wasm', FAST_WASM, FAST);
  shortenHashes(WORKER_WASM, LEDGER_WASM, PRECACHE_WASM, SMALL_WASM, FAST_WASM, PRECACHE_GLUE, GLUE);
  simplify(GLUE);
  simplify(PRECACHE_GLUE);
}

/** By a profile of Cargo.toml. */
function compile(profile, folder, flags = [], more = '') {
  const args = ['--target', 'web', '--out-dir', folder, '--no-pack', '--no-opt', '--profile', profile];
  return run('wasm-pack', ['--log-level', 'error', 'build', ...args, '--', '--locked', '--quiet', ...flags, ...STD], {
    env: { RUSTC_BOOTSTRAP: '1', RUSTFLAGS: RUSTFLAGS + more },
  });
}

function optimise(from, to, how) {
  return run('wasm-opt', [...how, '--strip-producers', '--strip-target-features', ...WASM_FEATURES, from, '-o', to]);
}

async function makeSmall(from, to) {
  const text = `${to}.wat`;
  await optimise(from, text, [...SMALL, '--emit-text']);
  writeFileSync(join(ROOT, text), inOrder(read(text).toString()));
  await run('wasm-as', [...WASM_FEATURES, text, '-o', to]);
}

/**
 * Numbers the hashes in the names of wasm-bindgen's imports, in the modules and in the JavaScript alike: a hundred
 * hashes are 1.5 KB that no compression takes away. The length stays, so that nothing in a module moves.
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
 * Does without what no engine needs that runs the module: objects are freed when their work is done, and there is
 * nobody who passes what has gone out of use. Strings are handed to the module by `encodeInto` from the start, where
 * wasm-bindgen goes through them character by character first: that is ten times as slow for the heads of messages, and
 * slower still in a worker that has just started. What is not ASCII needs a second try.
 */
function simplify(path) {
  let text = read(path).toString();
  for (const [is, becomes] of [
    [/function passStringToWasm0\([^]*?\n\}\n/, PASS_STRING],
    [/function decodeText\([^]*?\n\}\n/, 'const decodeText = (bytes) => cachedTextDecoder.decode(bytes);\n'],
    [/if \(!\('encodeInto' in cachedTextEncoder\)\) \{[^]*?\n\}\n/, ''],
    [/^ *\w+Finalization\.(un)?register\(.*\);\n/gm, ''],
    [/^const \w+Finalization = [^]*?;\n/gm, ''],
    [/^if \(Symbol\.dispose\) .*\n/gm, ''],
    [/^ *__destroy_into_raw\(\) \{[^]*?\n    \}\n/gm, ''],
    [/const ptr = this\.__destroy_into_raw\(\);/g, 'const ptr = this.__wbg_ptr;\n        this.__wbg_ptr = 0;'],
    [
      /(?<=function __wbg_finalize_init\(instance, module\) \{\n)[^]*?(?=\n\})/,
      '    return (wasm = instance.exports);',
    ],
    [/(?<=function initSync\(module\) \{\n)[^]*?(?=    const imports)/, '    ({ module } = module);\n'],
    [/if \(cachedDataViewMemory0 === null .*\{/, 'if (cachedDataViewMemory0?.buffer !== wasm.memory.buffer) {'],
  ]) {
    const edited = text.replace(is, becomes);
    if (edited === text) throw new Error(`${path} is written in a way that scripts/wasm.mjs does not know: ${is}`);
    text = edited;
  }
  writeFileSync(join(ROOT, path), text);
}

const PASS_STRING = `function passStringToWasm0(text, malloc, realloc) {
    const length = text.length;
    let ptr = malloc(length, 1) >>> 0;
    let { read, written } = cachedTextEncoder.encodeInto(text, getUint8ArrayMemory0().subarray(ptr, ptr + length));
    if (read < length) {
        const most = written + (length - read) * 3;
        ptr = realloc(ptr, length, most, 1) >>> 0;
        const rest = getUint8ArrayMemory0().subarray(ptr + written, ptr + most);
        written += cachedTextEncoder.encodeInto(text.slice(read), rest).written;
        ptr = realloc(ptr, most, written, 1) >>> 0;
    }
    WASM_VECTOR_LEN = written;
    return ptr;
}
`;

const read = (path) => readFileSync(join(ROOT, path));
