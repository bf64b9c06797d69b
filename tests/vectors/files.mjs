// The vectors, read from their files.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Every vector, with the file that it is in. */
export function readVectors() {
  const names = readdirSync(HERE).filter((name) => name.endsWith('.json') && name !== 'schema.json');
  const read = (name) => JSON.parse(readFileSync(join(HERE, name), 'utf8'));
  return names.sort().flatMap((name) => read(name).map((vector) => ({ file: name.replace('.json', ''), ...vector })));
}

/** What is told of a vector that does not hold. */
export const told = ({ file, name, rule }, faults) => `${file}: ${name} (${rule}): ${faults.join('; ')}`;
