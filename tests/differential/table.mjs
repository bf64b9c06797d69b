// Writes `differences.md`: every class of difference, how often it occurs, and the smallest exchange that shows it.
// Run it when a class or a rule has changed: `node tests/differential/table.mjs`.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { age } from './classes/age.mjs';
import { conditions } from './classes/conditions.mjs';
import { directives } from './classes/directives.mjs';
import { freshness } from './classes/freshness.mjs';
import { matching } from './classes/matching.mjs';
import { requests } from './classes/requests.mjs';
import { stale } from './classes/stale.mjs';
import { storage } from './classes/storage.mjs';
import { values } from './classes/values.mjs';
import { counts, differences, EXCHANGES, smallest, textOf } from './compare.mjs';

export const PATH = fileURLToPath(new URL('differences.md', import.meta.url));
const CHAPTERS = {
  'How directives are told apart': directives,
  'How values are read': values,
  'What is stored': storage,
  'How old it is': age,
  'How long it is fresh': freshness,
  'Which requests it answers': matching,
  'What is reused while it is stale': stale,
  'What a request can ask for': requests,
  'What a validation is sent with': conditions,
};

/** The table; `found` has the differences with each library. */
export function table(found) {
  const counted = Object.entries(found).map(([library, all]) => [library, counts(all, library)]);
  const occurs = (one) =>
    counted.map(([, all]) => {
      const count = all.find((other) => other.one === one);
      return count ? `${count.alone} + ${count.withOthers}` : '';
    });
  const example = (one) => {
    for (const [library, all] of Object.entries(found)) {
      const alone = all.filter(({ by }) => by.length === 1 && by[0] === one);
      const [first] = alone.sort((a, b) => textOf(a.exchange).length - textOf(b.exchange).length);
      if (first) return smallest(first, library);
    }
    return '';
  };
  const row = (one) => {
    const { id, what, ours, theirs, clause, right } = one;
    return [id, what, ours, theirs, clause, right, ...occurs(one), `\`${example(one).replaceAll('`', "'")}\``];
  };
  const total = counted.map(([library]) => `${found[library].length} with ${library}`).join(', ');
  return [
    `# Where keepfresh and http-cache-semantics differ

Made by \`node tests/differential/table.mjs\` from ${EXCHANGES.length.toLocaleString('en')} generated exchanges: ${total}. Compared are
the npm package 4.3.0 with our wasm module in Node, and the crate 3.0.0 with our crate. The two columns of numbers say
how often a class explains a difference, by itself + together with others. What explains one takes its cause out of
the exchange, and both agree; a difference that nothing explains fails \`npm test\`. Answers: whether a response is
\`storable\`, the seconds of freshness left (\`ttl\`), \`If-None-Match | If-Modified-Since\` of a validation
(\`conditions\`), and what becomes of the next request (\`reuse\`).`,
    ...Object.entries(CHAPTERS).map(([title, classes]) => `## ${title}\n\n${markdown([HEADER, ...classes.map(row)])}`),
  ].join('\n\n');
}

const HEADER = ['class', 'what', 'keepfresh', 'http-cache-semantics', 'clause', 'right', 'npm', 'crate', 'smallest'];

function markdown([header, ...rows]) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PATH, `${table({ npm: differences('npm'), crate: differences('crate') })}\n`);
}
