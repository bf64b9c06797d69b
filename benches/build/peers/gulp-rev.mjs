// gulp with gulp-rev: every file of a folder is written under a new name, and the manifest.

import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import gulp from 'gulp';
import rev from 'gulp-rev';

const [from, to] = process.argv.slice(2).map((folder) => resolve(folder));
await pipeline(
  gulp.src('**/*', { cwd: from, base: from, encoding: false, nodir: true }),
  rev(),
  gulp.dest(to),
  rev.manifest(),
  gulp.dest(to),
);
