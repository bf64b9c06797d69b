// The real trees: where each comes from, what stands in it, and what was measured.

import { APPS } from './apps.mjs';
import { SITES } from './sites.mjs';

/**
 * Each tree:
 *
 * - `kind`: what made it, for a tree stands for all that its generator makes.
 * - `from`: where it comes from, in one fixed version (`fetch.mjs`); `inner` is an archive inside of that.
 * - `folder`: the folder that is built, inside of what was fetched.
 * - `base`: the path that the tree was made to stand under. Default: `/`.
 * - `pages`: what is opened, of many pages one of each sort. `404.html` with relative references is left out: the build
 *   makes those absolute, on purpose.
 * - `floor`: of what its pages load, the percentage that must be cacheable for ever: what was measured, or a little less
 *   where that depends on the moment. The rest are files that scripts name at run time.
 * - `bundled`: which files may be cached for ever under their own names, since a bundler made those. Default: none.
 * - `plain`: what loads under its own name although no script asked for it.
 * - `faults`: what the build is known to break: the kinds of difference (`compare.mjs`) that must be there until the
 *   line is taken out, on which pages (default: all), and why.
 * - `engines`: pages that are opened in Firefox and WebKit, too. They ask no other origin for anything, and make the
 *   same of every moment.
 */
export const TREES = [...APPS, ...SITES];
