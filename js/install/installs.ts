// Whoever installs versions: in the workers that the build writes a script of its own (installer.ts), loaded when there is
// something to install, or when a page asks about versions.

import type { Engine } from '../../target/wasm/keepfresh.js';
import { type Asked, explain } from './explain.js';
import { activate, settleLate } from './activate.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { fill } from './fill.js';
import { install, type LookUp, type Wanted, type Way } from './install.js';
import { fromOthers } from './leftovers.js';
import { storedList } from '../worker/list.js';
import { report } from './report.js';
import { changeVersions, readVersions } from '../worker/versions.js';

/** What a page says or asks about versions, or asks about a request. */
export type AboutVersions =
  | { type: 'keepfresh:explain'; asked: Asked; client: string }
  | { type: 'keepfresh:version-confirm' | 'keepfresh:version-other'; client: string }
  | { type: 'keepfresh:version-fill'; isLost: boolean }
  | { type: 'keepfresh:version-pause'; paused: boolean }
  | { type: 'keepfresh:version-tell' }
  /** Not said by pages: a client is a worker of another one. */
  | { type: 'keepfresh:version-worker'; client: string; of: string };

/** What it does. */
export interface Installer {
  /** The work of the `install` event, short of the static routes. */
  install(start: () => Engine, store: CacheStore, wanted: Wanted): Promise<void>;
  /** The work of the `activate` event. */
  activate(engine: Engine, store: CacheStore, wanted: Wanted): Promise<void>;
  /** Fetches some of what was left for later; how many files are left. */
  fill(engine: Engine, store: CacheStore, wanted: Wanted, isLost?: boolean): Promise<number>;
  /** Answers a page. */
  hear(engine: Engine, store: CacheStore, wanted: Wanted, said: AboutVersions): Promise<unknown>;
}

const OTHERS: Way = { isLocal: true, take: fromOthers };

/**
 * @param ways those in which files can be had beside fetching them one by one, the cheapest first.
 * @param lookUp what is done before an install, when the scripts have been verified.
 */
export function installer(ways: Way[] = [], lookUp: LookUp = async (_, wanted) => wanted): Installer {
  let activating: Promise<void> | undefined;
  const filling: Promise<number>[] = [];
  const some = async (engine: Engine, store: CacheStore, wanted: Wanted, isLost?: boolean): Promise<number> => {
    await activating?.catch(() => {});
    await settleLate(engine, store, wanted);
    if (!isLost || (await storedList(store))) return fill(engine, store, wanted, ways, isLost);
    // With the list everything else is gone.
    await one.install(() => engine, store, wanted);
    return 0;
  };
  const one: Installer = {
    install: (start, store, wanted) => install(start, store, wanted, [OTHERS, ...ways], lookUp),
    activate: (...all) => (activating = activate(...all)),
    // Once for all that ask meanwhile; but who knows of nothing lost need not have looked for it.
    fill: (...all) => (filling[+!!all[3]] ??= some(...all).finally(() => delete filling[+!!all[3]])),
    async hear(engine, store, wanted, said) {
      switch (said.type) {
        case 'keepfresh:version-confirm':
          // A page of the version before says nothing of this one.
          return changeVersions(store, ({ trial, ...versions }) =>
            said.client in versions.tabs || !trial ? undefined : versions,
          );
        case 'keepfresh:version-other':
          return said.client in (await readVersions(store)).tabs;
        case 'keepfresh:version-fill':
          return one.fill(engine, store, wanted, said.isLost);
        case 'keepfresh:version-pause':
          return changeVersions(store, (versions) => ({ ...versions, paused: said.paused }));
        case 'keepfresh:version-worker':
          return changeVersions(store, ({ tabs, ...versions }) =>
            said.of in tabs ? { ...versions, tabs: { ...tabs, [said.client]: tabs[said.of]! } } : undefined,
          );
        case 'keepfresh:explain':
          return explain(engine, store, said.asked, said.client);
        case 'keepfresh:version-tell':
          return report(engine, store);
      }
    },
  };
  return one;
}
