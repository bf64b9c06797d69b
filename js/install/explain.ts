// What would become of a request: the steps of its machine, with the store looked at, nothing sent, and nothing written.

import type { Engine, Machine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from '../worker/cache-storage.js';
import type { Explanation, Foretold } from './explanation.js';
import { find } from '../worker/find.js';
import { ask, readFields, readServed, readSteps, writeRequest, writeResponse } from '../host/machine.js';
import { BEFORE, BODY, PARTITION } from '../host/extras.js';
import { clientOf, isOld } from '../worker/versions.js';

/** What is asked about, as it comes from a page. */
export interface Asked {
  url: string;
  method: string;
  mode: RequestMode;
  destination: RequestDestination;
  cache: RequestCache;
  headers: [string, string][];
}

/** No request takes more steps than this. */
const MOST = 32;

/** @param client the tab that asks. */
export async function explain(engine: Engine, store: CacheStore, asked: Asked, client: string): Promise<Explanation> {
  const request = new Request(asked.url, { headers: asked.headers });
  // Its own requests stay with the version that it was opened with.
  if (asked.mode !== 'navigate') clientOf.set(request, client);
  // No script can make a request for a page.
  const text = writeRequest({ ...asked, headers: request.headers } as unknown as Request);
  const machine = engine.begin(text);
  const explanation: Explanation = { by: machine ? 'keepfresh' : 'browser', looks: [] };
  const route = machine && engine.ask(`route\n${text}`);
  if (route) explanation.route = Number(route);
  if (!machine) return explanation;
  try {
    const extras = ask(machine, 'extras').split(' ');
    if (extras[PARTITION] || extras[BODY]) return { ...explanation, untold: extras[PARTITION] ? 'partition' : 'body' };
    if (extras[BEFORE]) return { ...explanation, untold: 'composed' };
    await follow(engine, store, machine, request, explanation);
    return explanation;
  } finally {
    machine.free();
  }
}

async function follow(
  engine: Engine,
  store: CacheStore,
  machine: Machine,
  request: Request,
  explanation: Explanation,
): Promise<void> {
  let news: string | undefined = '';
  for (let left = MOST; news !== undefined && left > 0; left--) {
    const steps = readSteps(machine.tell(news, 0, Date.now()));
    news = undefined;
    for (const step of steps) {
      const [kind, ...lines] = step.split('\n') as [string, string, string];
      if (kind === 'lookup') news = `lookup\n${await look(engine, store, request, lines[0]!, lines[1]!, explanation)}`;
      if (kind === 'forward') {
        const [, , timeout, , ...fields] = lines as string[];
        const validators = [...readFields(fields).keys()].filter((name) => name.startsWith('if-'));
        explanation.network ??= { validators, timeoutSeconds: timeout ? Number(timeout) / 1000 : undefined };
        // What would be if there were none; an answer that is there already stays the answer.
        news ??= 'failure';
      }
      if (kind === 'serve') explanation[explanation.network ? 'offline' : 'answer'] ??= foretold(lines);
    }
  }
}

/** Looks something up, as a request would (finds.ts); what there is, in the machine's words. */
async function look(
  engine: Engine,
  store: CacheStore,
  request: Request,
  kind: string,
  key: string,
  { looks }: Explanation,
): Promise<string> {
  const present = async () => {
    const found = await find(engine, store, kind, request, key);
    const head = found && request.headers.has('range') ? `\n${writeResponse(found)}` : '';
    return found ? `present${head}` : '';
  };
  const told = (what: string, there: string) => {
    looks.push({ kind: what, url: key || request.url, isThere: there !== '' });
    return there;
  };
  const isNewer = kind === 'stored' || (kind === 'precached' && !(await isOld(store, request)));
  const found = isNewer ? '' : await present();
  if (found || ['asset', 'fallback', 'installed'].includes(kind)) return told(kind, found);
  const stored = await store.read(key);
  if (stored || kind !== 'precached') return told('stored', stored);
  const precached = await present();
  return told(precached ? 'precached' : 'stored', precached);
}

function foretold(lines: string[]): Foretold {
  const { age, body, head, status } = readServed(lines);
  const ageSeconds = age === '' ? undefined : Number(age);
  return { from: body, status: head?.status, ageSeconds, cacheStatus: status };
}
