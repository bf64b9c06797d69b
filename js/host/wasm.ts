// The wasm module, inlined as text by the build: a separate file could be evicted or be of another version, and
// would not be there when the first event comes.

/// <reference path="./inlined.d.ts" />
import text from 'keepfresh:wasm';

/** The bytes of the module, a character for each in the text. */
export function wasmBytes(): Uint8Array<ArrayBuffer> {
  // By way of base64 the browser does it, in 0.3 ms. A loop that has not been compiled yet takes 2 to 5 ms for 90 KB,
  // at each start of the worker.
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native) return native.call(Uint8Array, btoa(text));
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
