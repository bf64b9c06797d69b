// What scripts/build.mjs puts in the place of this import.
declare module 'keepfresh:wasm' {
  /** The optimised wasm module, a character for each byte. */
  const text: string;
  export default text;
}
