// The table of what the peers do: every row is there, a `yes` has a test, a `no` has a reason; and COMPARISON.md says so.
// `node tests/peers/peers.test.mjs --write` writes that file.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/run.mjs';

const ROWS = 68;
const PAGE = join(ROOT, 'COMPARISON.md');

const rows = readFileSync(new URL('rows.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => {
    const [number, what, answer, why] = line.split(' | ');
    return { number: Number(number), what, answer, why };
  });

/** The text of a file, or of all files of a folder. */
function textOf(path) {
  const place = join(ROOT, path);
  if (!statSync(place).isDirectory()) return readFileSync(place, 'utf8');
  return readdirSync(place)
    .map((name) => textOf(join(path, name)))
    .join('\n');
}

function page() {
  const yes = rows.filter(({ answer }) => answer === 'yes').length;
  const line = ({ number, what, answer, why }) =>
    `| ${number} | ${what} | ${answer} | ${answer === 'yes' ? `\`${why.split(': ')[0]}\`` : why} |`;
  return `# Beside Workbox, Serwist and Angular's worker

What these do and what their users have asked for, in ${ROWS} rows: ${yes} are here, each with the test that shows it, and
${ROWS - yes} are not, each with the reason. This file is made by \`node tests/peers/peers.test.mjs --write\`.

| | feature | here | test, or reason |
|--:|---|---|---|
${rows.map(line).join('\n')}
`;
}

if (process.argv.includes('--write')) {
  writeFileSync(PAGE, page());
} else {
  test('every row has an answer', () => {
    assert.deepEqual(
      rows.map(({ number }) => number),
      Array.from({ length: ROWS }, (_, index) => index + 1),
    );
    for (const { number, answer, why } of rows) {
      assert.ok(['yes', 'no'].includes(answer), `row ${number}`);
      assert.ok(why?.length > 5, `row ${number} says why`);
    }
  });

  test('a yes has a test', () => {
    for (const { number, why } of rows.filter(({ answer }) => answer === 'yes')) {
      const [path, text] = why.split(/: (.*)/s);
      assert.ok(textOf(path).includes(text), `row ${number}: ${path} does not say ${text}`);
    }
  });

  test('COMPARISON.md says the same', () => {
    assert.equal(readFileSync(PAGE, 'utf8'), page(), 'write it anew: node tests/peers/peers.test.mjs --write');
  });
}
