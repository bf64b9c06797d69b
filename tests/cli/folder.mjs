// Folders for tests: written from a table, removed at the end.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { keepfresh } from './run.mjs';

/** A folder of this test file's own, that is gone when it ends. */
export function ownFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `keepfresh-${name}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes `{path: content}` into a folder. */
export function put(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Builds and must succeed; what it said on standard error and output. */
export function built(src, out, ...options) {
  const { status, stdout, stderr } = keepfresh('build', src, '--out', out, ...options);
  if (status !== 0) throw new Error(`the build failed with ${status}: ${stderr}`);
  return { stdout, stderr };
}

/** Every file of a folder, fingerprints written as `X`. */
export const namesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .map((name) => name.replace(/\.kf\.[0-9a-f]{8,64}/, '.kf.X'))
    .sort();

export const text = (folder, path) => readFileSync(join(folder, path), 'utf8');

/** The name of a file of the worker's own, as `keepfresh/list.kf.….txt` for `list.txt`. */
export const partOf = (out, name) =>
  Object.keys(JSON.parse(text(out, 'keepfresh.json')).written).find(
    (path) => path.replace(/\.kf\.[0-9a-f]+/, '') === `keepfresh/${name}`,
  );

/** The file in which `path` lies under its new name. */
export const urlOf = (out, path) => JSON.parse(text(out, 'keepfresh.json')).files[path].url;
