// Writes the scores into the README: `node tests/conformance/score.mjs`. With --check it writes nothing, and exits with 1
// if the README says something else. Ours are those of expected.json, which a run is compared with.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ROOT } from '../../scripts/run.mjs';
import { readExpected } from './expectations.mjs';
import { HOSTS } from './hosts.mjs';

const [BEGIN, END] = ['<!-- conformance -->', '<!-- /conformance -->'];

/** Published by the suite (its results/index.mjs); undici's are from `--host undici` of this runner. */
const OTHERS = {
  shared: [
    ['Apache Traffic Server 9.2.5', '132/160', '70/105'],
    ['Apache httpd 2.4.64', '131/160', '68/105'],
    ['undici 7.30.2', '126/160', '68/105'],
    ['Squid 6.13', '122/160', '59/105'],
    ['Caddy cache-handler 0.16', '121/160', '44/105'],
    ['Varnish 7.7.3', '119/160', '45/105'],
    ['nginx 1.28.0', '99/160', '59/105'],
    ['Fastly, 2025-12-29', '96/160', '49/105'],
    ['HAProxy 3.0.10', '89/160', '40/105'],
  ],
  private: [
    ['undici 7.30.2', '118/137', '57/77'],
    ['Chrome 143', '117/137', '56/77'],
    ['Safari 26.2', '108/137', '47/77'],
    ['Firefox 146', '106/137', '40/77'],
  ],
};

/** The two tables, as Markdown. */
export function scores(expected) {
  const one = (mode) => {
    const ours = HOSTS.flatMap(({ name, label }) => {
      const score = expected[`${name} ${mode}`]?.score;
      return score ? [[`**${label}**`, `**${score.required}**`, `**${score.optimal}**`]] : [];
    });
    const rows = [...ours, ...OTHERS[mode]].map((cells) => `| ${cells.join(' | ')} |`);
    return [`| as a ${mode} cache | required | optimal |`, '|---|--:|--:|', ...rows].join('\n');
  };
  return ['shared', 'private'].map(one).join('\n\n');
}

/** A text with the tables in the place between the marks. */
export function withScores(text, expected) {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`README.md has no place for the scores: put in ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${scores(expected)}\n\n${END}${after}`;
}

function main(args) {
  const { values } = parseArgs({ args, options: { check: { type: 'boolean' } } });
  const path = join(ROOT, 'README.md');
  const text = readFileSync(path, 'utf8');
  const wanted = withScores(text, readExpected());
  if (!values.check) return writeFileSync(path, wanted);
  if (text === wanted) return;
  console.error('README.md has other scores than expected.json: run `node tests/conformance/score.mjs`');
  process.exitCode = 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    console.error(`score: ${error.message}`);
    process.exitCode = 2;
  }
}
