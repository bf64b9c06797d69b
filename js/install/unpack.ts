// Unpacks what an installing worker has downloaded: packs, and deltas with the old bytes in front (src/installer.rs).

import { wasmBytes } from '../host/wasm.js';

interface Module {
  memory: WebAssembly.Memory;
  reserve(length: number): number;
  unpack(shift: number, old: number, front: number, start: number, end: number): number;
}

/** Where the new bytes begin, and where the old ones do at first (src/cli/renames.rs). */
export type Renames = [front: number, shift: number];

let module: Module | undefined;

/**
 * What comes of a pack or a delta.
 *
 * @param length how many bytes these are.
 * @param old what a delta was made from.
 * @param renames for one that gives names anew first: where the new bytes begin then, and where the old ones have to.
 * @throws if it is damaged, or there is no memory for it; a fault of one leaves others alone.
 */
export function unpack(
  input: Uint8Array,
  length: number,
  old = new Uint8Array(),
  [front, shift]: Renames = [old.length, 0],
): Uint8Array<ArrayBuffer> {
  try {
    module ??= new WebAssembly.Instance(new WebAssembly.Module(wasmBytes())).exports as unknown as Module;
    const start = Math.max(front + length, shift + old.length);
    const end = start + input.length;
    const place = module.reserve(end) >>> 0;
    if (!place) throw new Error('no memory for it');
    const buffer = new Uint8Array(module.memory.buffer, place, end);
    buffer.set(old, shift);
    buffer.set(input, start);
    if (module.unpack(shift, old.length, front, start, end) !== length) throw new Error('it is damaged');
    // The memory may have grown meanwhile: then the old view of it is of nothing.
    return new Uint8Array(module.memory.buffer, place + front, length).slice();
  } catch (error) {
    module = undefined; // What has trapped may be in any state.
    throw error;
  }
}

/** Gives the memory back. */
export function forgetMemory(): void {
  module = undefined;
}
