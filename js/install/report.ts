// How far the version is that a worker is of, for pages.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import { filesOf } from './file.js';
import { storedList } from '../worker/list.js';
import { missing } from './missing.js';
import { Progress } from '../worker/progress.js';
import type { VersionReport } from './version-report.js';
import { versionsIfAny } from '../worker/versions.js';

/** Tells pages; by default, what is so. */
export async function report(engine: Engine, store: CacheStore, state?: VersionReport['state']): Promise<void> {
  const list = await storedList(store);
  const all = filesOf(engine, store, list);
  const left = await missing(engine, store, all);
  const progress = new Progress(store.version, all);
  progress.lacks(left);
  const { bad, served } = await versionsIfAny(store);
  const isServing = served.at(-1)?.version === store.version;
  const later = left.length > 0 ? 'active' : 'complete';
  const isSo = bad === store.version ? 'rolled-back' : !list ? 'installing' : isServing ? later : 'ready';
  await progress.tell(state ?? isSo);
}
