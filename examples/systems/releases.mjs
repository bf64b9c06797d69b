// Releases of this site, built from a copy of `www` that is edited in between.

import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'target/release/keepfresh');

/** What every release says of itself, on its first page. */
const MARK = /<h1[^>]*>/;

/** Begins with the first release. */
export async function openReleases() {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-releases-'));
  // A server runs as somebody else, and temporary folders are their owner's alone.
  chmodSync(folder, 0o755);
  const [source, out] = [join(folder, 'source'), join(folder, 'out')];
  cpSync(join(ROOT, 'www'), source, { recursive: true });
  const build = () =>
    promisify(execFile)(CLI, ['build', source, '--out', out, '--keep', '1', '--host', 'nginx'], { cwd: ROOT });
  await build();
  const releases = {
    number: 1,
    folder,
    /** The site as it was written, and as it was built. */
    source,
    out,
    manifest: () => JSON.parse(readFileSync(join(out, 'keepfresh.json'), 'utf8')),
    /** Makes the next: a rule in a style sheet, a line in a script, a word on a page. */
    async next() {
      const number = ++releases.number;
      appendFileSync(join(source, 'css/base.css'), `\n.release-${number} {\n  margin: 0;\n}\n`);
      appendFileSync(join(source, 'js/panel.js'), `\n// Release ${number}.\n`);
      const page = join(source, 'index.html');
      writeFileSync(page, readFileSync(page, 'utf8').replace(MARK, `<h1 data-release="${number}">`));
      await build();
    },
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
  return releases;
}
