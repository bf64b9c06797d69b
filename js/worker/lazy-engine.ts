// The engine of a worker, started when it is first needed.

/// <reference lib="webworker" />
import { Engine, initSync } from '../../target/wasm/keepfresh.js';
import { wasmBytes } from '../host/wasm.js';

declare const self: ServiceWorkerGlobalScope;

/** Most starts of a worker are for an asset, and do without. */
export function lazyEngine(routes: () => string): () => Engine {
  let engine: Engine | undefined;
  return () => {
    if (!engine) {
      initSync({ module: wasmBytes() });
      engine = new Engine(`routes\n${self.registration.scope}\n${routes()}`);
    }
    return engine;
  };
}
