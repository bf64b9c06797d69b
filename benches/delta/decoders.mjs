// The decoders that are compared: what our installer runs, and libzstd compiled to wasm.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { ROOT } from '../../scripts/run.mjs';

const OURS = join(ROOT, 'target/wasm/keepfresh.install.wasm');
const LIBZSTD = '@bokuweb/zstd-wasm';

/** In front of the frames of a `dcz`: what it is, and the SHA-256 of the old bytes. */
const HEAD = 40;

/**
 * The decoders. `delta(old, delta, length)` and `whole(frame, length)` give the new bytes, copied out of the module as a
 * host would; what a decoder cannot do it does not have.
 */
export async function decoders() {
  const { createDCtx, compress, decompress, decompressUsingDict, init } = createRequire(import.meta.url)(LIBZSTD);
  await init();
  const { ZSTDDecoder } = await import('zstddec');
  const small = new ZSTDDecoder();
  await small.init();
  const context = createDCtx();
  return {
    compress,
    subjects: [
      {
        name: 'libzstd',
        size: compressed(readFileSync(join(ROOT, 'node_modules', LIBZSTD, 'dist/common/zstd.wasm'))),
        delta: (old, delta) => decompressUsingDict(context, delta.subarray(HEAD), old),
        whole: (frame) => decompress(frame),
      },
      // libzstd without what encodes, and without dictionaries.
      { name: 'zstddec', size: compressed(wasmIn('zstddec')), whole: (frame, length) => small.decode(frame, length) },
      { name: 'keepfresh', size: compressed(readFileSync(OURS)), ...ours() },
    ],
  };
}

/** Our module, used as `js/install/unpack.ts` does. */
function ours() {
  const code = new WebAssembly.Module(readFileSync(OURS));
  const fresh = () => new WebAssembly.Instance(code).exports;
  const unpack = (module, input, length, old) => {
    const start = old.length + length;
    const end = start + input.length;
    const place = module.reserve(end) >>> 0;
    const buffer = new Uint8Array(module.memory.buffer, place, end);
    buffer.set(old);
    buffer.set(input, start);
    if (module.unpack(0, old.length, old.length, start, end) !== length)
      throw new Error('our module says that a frame is damaged');
    return new Uint8Array(module.memory.buffer, place + old.length, length).slice();
  };
  const module = fresh();
  return {
    delta: (old, delta, length) => unpack(module, delta, length, old),
    whole: (frame, length) => unpack(module, frame, length, new Uint8Array()),
    /** Bytes of memory after one delta, in an instance that has done nothing before. */
    memory(old, delta, length) {
      const module = fresh();
      unpack(module, delta, length, old);
      return module.memory.buffer.byteLength;
    },
  };
}

/** The module that a script holds as base64: the longest string in it. */
function wasmIn(name) {
  const text = readFileSync(join(ROOT, `node_modules/${name}/dist/${name}.mjs`), 'utf8');
  const strings = text.match(/(?<=")[\w+/=]{1000,}(?=")/g) ?? [];
  return Buffer.from(strings.sort((one, two) => two.length - one.length)[0] ?? '', 'base64');
}

const compressed = (bytes) => brotliCompressSync(bytes).length;
