// Writes the table of constructs in the README: what was built, beside what others made of it.
// Run it when a construct is new: `node tests/cli/table.mjs`.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRows, holds, ROWS } from './constructs.mjs';
import { ROOT } from './run.mjs';

const [BEGIN, END] = ['<!-- constructs -->', '<!-- /constructs -->'];
const LANGUAGES = {
  'page.html': 'HTML',
  'based.html': 'HTML',
  'escaped.html': 'HTML',
  'style.css': 'CSS',
  'code.js': 'JavaScript',
  'picture.svg': 'SVG',
  'app.webmanifest': 'Web manifest',
  'data.json': 'JSON',
};

/** What Django 5.2, Vite 8.3.8 and Parcel 2.16.4 made of the same, in a fixture that had these; measured by hand. */
const OTHERS = {
  'HTML an image': ['not read', 'yes', 'yes'],
  'HTML `srcset`': ['not read', 'yes', 'yes'],
  'HTML `imagesrcset`': ['not read', 'yes', 'yes'],
  'HTML `<picture>`': ['not read', 'yes', 'yes'],
  'HTML inline style sheet': ['not read', 'yes', 'yes'],
  'HTML style attribute': ['not read', 'yes', 'yes'],
  'HTML `<input type=image>`': ['not read', 'yes', '**no, file lost**'],
  'HTML `<use>`': ['not read', 'yes', 'yes'],
  'HTML `<noscript>`': ['not read', 'yes', '**no, file lost**'],
  'HTML a card for social networks': ['not read', 'yes', '**garbage**'],
  'HTML a download': ['not read', '**file lost**', 'made into a script'],
  'CSS `image-set()`': ['**no**', 'yes', 'yes'],
  'JavaScript `new URL()`': ['**no**', 'yes', 'yes'],
  'JavaScript worker by URL': ['**no**', 'yes', 'yes'],
  'SVG `<image>`, `<use>`': ['**no**', '**no, file lost**', 'yes'],
  'Web manifest icons and screenshots': ['**no**', '**no, file lost**', 'yes'],
};

/** A text with the table of what was built in `out` in its place. */
export function withTable(text, out) {
  const lines = ROWS.map((row) => {
    const name = `${LANGUAGES[row.file]} ${row.name}`;
    const others = OTHERS[name] ?? ['', '', ''];
    const cells = [LANGUAGES[row.file], row.name, holds(out, row) ? 'yes' : '**no**', ...others];
    return `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |').replaceAll('|  |', '| |');
  });
  const head = ['| in | construct | keepfresh | Django | Vite | Parcel |', '|---|---|---|---|---|---|'];
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest.split(END);
  return `${before}${BEGIN}\n\n${[...head, ...lines].join('\n')}\n\n${END}${after}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-table-'));
  const out = join(folder, 'out');
  const { status, stderr } = buildRows(join(folder, 'src'), out);
  if (status !== 0) throw new Error(stderr);
  const readme = join(ROOT, 'README.md');
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), out));
  rmSync(folder, { recursive: true });
}
