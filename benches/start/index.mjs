// How much a service worker costs when it starts: ours beside Workbox, Serwist and the least a worker can do.
//
// All of them are built in the same run for the same assets, live on origins of their own in the same browser,
// and take turns. `keepfresh` is measured as it is, and in the cases that end in `/no-static-routes` without the
// routes that let the browser answer by itself, as in engines that have none.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, data, installerSize, script, size } from './cases.mjs';
import { chromiumVersion } from './chromium.mjs';
import { serve } from './server.mjs';
import { build, hasCli, manyAssets, oneBigScript, packedScripts } from './site.mjs';
import { subjects as subjectsOf, versions } from './subjects.mjs';

export const summary = 'what a worker costs when it starts, beside Workbox and Serwist (10 minutes)';
export const baseline = 'workbox';
export const cases = [
  'size',
  'size/installer',
  'cold/50',
  'cold/1000',
  'cold/5000',
  'warm',
  'data',
  'script',
  'script/pack',
  'script/delta',
];

/** A running worker is measured with the list of a site of middling size. */
const WARM_ASSETS = 1000;

/** Runs the cases that `wants` asks for. Returns rows of medians, and a line about what they were measured with. */
export default async function run({ rounds, say, wants }) {
  if (!hasCli()) say('there is no target/release/keepfresh (`npm run build` makes it): keepfresh is left out');
  if (loadavg()[0] > availableParallelism() / 2)
    say('this machine is busy with something else: expect figures that are too high');
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-bench-'));
  try {
    const rows = [];
    const add = (name, unit, subjects, figures) => {
      for (const [i, { subject, suffix }] of subjects.entries()) {
        // The script is all but the same without static routes: one figure says it.
        if ((name.startsWith('size') && suffix !== '') || figures[i] === undefined) continue;
        rows.push({ bench: 'start', case: name + suffix, subject, median: round(figures[i]), unit });
      }
    };
    if (wants('size') || wants('size/installer')) {
      const { subjects } = await prepare(join(folder, 'size'), manyAssets(50));
      if (wants('size')) add('size', 'bytes', subjects, size(subjects));
      if (wants('size/installer')) add('size/installer', 'bytes', subjects, installerSize(subjects));
    }
    for (const count of [50, 1000, 5000]) {
      const wantsCold = wants(`cold/${count}`);
      const wantsWarm = count === WARM_ASSETS && wants('warm');
      if (!wantsCold && !wantsWarm) continue;
      await withSite(join(folder, `${count}`), manyAssets(count), async (site) => {
        const measured = await answers({ ...site, rounds: rounds ?? 15, say, wantsCold, wantsWarm });
        if (wantsCold) add(`cold/${count}`, 'ms', site.subjects, measured.cold);
        if (wantsWarm) add('warm', 'ms', site.subjects, measured.warm);
      });
    }
    if (wants('data')) {
      await withSite(join(folder, 'data'), manyAssets(50), async (site) => {
        add('data', 'ms', site.subjects, await data({ ...site, rounds: rounds ?? 15, say }));
      });
    }
    // Of the same name as those below: wanted are its own rows.
    if (wants('script/no-static-routes')) {
      await withSite(join(folder, 'script'), oneBigScript(), async (site) => {
        add('script', 'ms', site.subjects, await script({ ...site, rounds: rounds ?? 7, say }));
      });
    }
    if (wants('script/pack')) {
      await withSite(join(folder, 'script-pack'), packedScripts(), async (site) => {
        const subjects = site.subjects.filter(isCompared);
        add('script/pack', 'ms', subjects, await script({ ...site, subjects, rounds: rounds ?? 7, say, again: true }));
      });
    }
    if (wants('script/delta')) {
      await withSite(join(folder, 'script-delta'), oneBigScript(), async (site) => {
        const subjects = site.subjects.filter(isCompared);
        const options = ['--against', join(folder, 'script-delta', 'built')];
        const { site: built, subjects: all } = await prepare(join(folder, 'script-next'), oneBigScript(1), options);
        const next = { ...built, workers: new Map(all.map(({ name, worker }) => [name, worker])) };
        const measured = await script({ ...site, subjects, rounds: rounds ?? 7, say, next, again: true });
        add('script/delta', 'ms', subjects, measured);
      });
    }
    return { rows, about: [chromiumVersion(), ...versions()].join(', ') };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What comes of packs and deltas is compared with Workbox alone. */
const isCompared = ({ subject }) => subject === 'workbox' || subject === 'keepfresh';

/** Builds a site and the workers for it. */
async function prepare(folder, assets, options) {
  mkdirSync(folder);
  const site = build(folder, assets, options);
  return { site, subjects: await subjectsOf(site) };
}

/** Builds a site, serves it to every subject while `use` runs. Memory makes a difference to data alone. */
async function withSite(folder, assets, use) {
  const { site, subjects: all } = await prepare(folder, assets);
  const subjects = all.filter(({ suffix }) => suffix !== '/memory' || folder.endsWith('data'));
  for (const subject of subjects) subject.server = await serve({ ...subject, folder: site.folder });
  try {
    return await use({ folder, subjects, urls: site.urls });
  } finally {
    for (const { server } of subjects) server.close();
  }
}

/** To a hundredth, which is below what the machine's noise lets one see. */
const round = (figure) => Math.round(figure * 100) / 100;
