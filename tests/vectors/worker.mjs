// The service worker that runs the vectors: asked through a port, it answers with the faults of each.

import { Engine, initSync } from '../../target/wasm/keepfresh.js';
import { runVector } from './run.mjs';

self.addEventListener('message', (event) => event.waitUntil(answer(event.ports[0])));

async function answer(port) {
  try {
    const [module, vectors] = await Promise.all([
      fetch('/keepfresh.wasm').then((response) => response.arrayBuffer()),
      fetch('/vectors.json').then((response) => response.json()),
    ]);
    initSync({ module });
    port.postMessage({ faults: vectors.map((vector) => runVector(vector, { Engine })) });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
}
