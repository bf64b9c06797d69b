// The engine outside of browsers, and what it knows of records for the stores that there are (src/host/facts.rs).

import { Engine, initSync } from '../target/wasm/keepfresh.js';
import { wasmBytes } from './wasm.js';

let isReady = false;

/** An engine that follows HTTP, and nothing else. */
export function newEngine(shared: boolean, targets: string[]): Engine {
  if (!isReady) initSync({ module: wasmBytes() });
  isReady = true;
  return new Engine([shared ? 'shared' : 'private', ...targets].join('\n').toLowerCase());
}

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
