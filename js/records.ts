// What the engine knows of records, for stores outside of browsers (src/host/facts.rs).

import type { Engine } from '../target/wasm/keepfresh.js';

export interface Records {
  /** For how many seconds it is of use, and the groups that its responses belong to. */
  facts(record: string): { seconds: number; groups: string[] };
  /** What is left of it when all of it is invalidated, and slots whose bodies are not spoken of any more. */
  removed(record: string): { record: string; freed: string[] };
}

export function recordsOf(engine: Engine, now: () => number): Records {
  return {
    facts(record) {
      const [seconds, ...groups] = engine.ask(`facts\n${Math.floor(now())}\n${record}`)!.split('\n');
      return { seconds: Number(seconds), groups };
    },
    removed(record) {
      const [, freed, ...lines] = engine.ask(`removed\n${record}`)!.split('\n');
      return { record: lines.join('\n'), freed: freed ? freed.split(',') : [] };
    },
  };
}
