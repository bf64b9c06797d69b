// Modules of js/ that the package does not export, for tests of their own.

import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../../scripts/run.mjs';

/** Nobody unpacks anything here. */
const noWasm = {
  name: 'no-wasm',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^keepfresh:wasm$/ }, () => ({ path: 'none', namespace: 'wasm' }));
    onLoad({ filter: /.*/, namespace: 'wasm' }, () => ({ contents: 'export default ""' }));
  },
};

let count = 0;

/**
 * What a module exports: each time another one, that nothing has happened to.
 *
 * @param name its path in js/, without the extension.
 */
export async function bundled(name) {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'js', `${name}.ts`)],
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
    plugins: [noWasm],
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}//${count++}`);
}
