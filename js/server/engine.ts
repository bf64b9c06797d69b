// The engine outside of browsers, and what it knows of records for the stores that there are (src/host/facts.rs).

import { Engine, initSync } from '../../target/wasm/keepfresh.js';
import { wasmBytes } from '../host/wasm.js';

/** By their options: an engine holds nothing of the requests that it decides on. */
const engines = new Map<string, Engine>();

/** An engine that follows HTTP, and nothing else. */
export function engineFor(shared: boolean, targets: string[]): Engine {
  const options = [shared ? 'shared' : 'private', ...targets].join('\n').toLowerCase();
  if (engines.size === 0) initSync({ module: wasmBytes() });
  const engine = engines.get(options) ?? new Engine(options);
  engines.set(options, engine);
  return engine;
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
