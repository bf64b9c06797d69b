// Every vector, through wasm in Node.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { Engine, initSync } from '../../target/wasm/keepfresh.js';
import { readVectors, told } from './files.mjs';
import { runVector } from './run.mjs';

const MODULE = new URL('../../target/wasm/keepfresh.small.wasm', import.meta.url);

it('every vector holds in Node', () => {
  initSync({ module: readFileSync(MODULE) });
  const vectors = readVectors();
  const failed = vectors.flatMap((vector) => {
    const faults = runVector(vector, { Engine });
    return faults.length > 0 ? [told(vector, faults)] : [];
  });
  assert.ok(vectors.length >= 400, `only ${vectors.length} vectors were found`);
  assert.equal(failed.length, 0, `${failed.length} of ${vectors.length}:\n${failed.join('\n')}`);
});

it('no two vectors of a file have the same name', () => {
  const names = readVectors().map(({ file, name }) => `${file}: ${name}`);
  assert.deepEqual([...new Set(names)], names);
});
