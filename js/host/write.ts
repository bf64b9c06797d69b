// What a request leads to in the store. Reads, decides and writes without anybody in between.

import type { Machine } from '../../target/wasm/keepfresh.js';
import { discard } from './body.js';
import type { Finds } from './finds.js';
import { PATIENCE } from './flights.js';
import { tagsOf } from './forgets.js';
import type { Host } from './host.js';
import { ask } from './machine.js';
import { countOf, hasOthers, LONG } from './store.js';

/** A write that a machine told of. */
export interface Write {
  /** Which of the machine's writes it is. */
  number: number;
  kind: string;
  /** The key, or the origin, that it is about. */
  key: string;
  /** Where its body came to lie, once it does. */
  placed: { slot?: string };
  /** The body that is to be stored. */
  reply: Response | undefined;
  /** How much had been forgotten when the request began (js/host/forgets.ts). */
  began: number;
}

/** Carries it out. */
export async function write(host: Host, machine: Machine, request: Request, one: Write): Promise<void> {
  const { kind, key, reply } = one;
  const own = host.write?.(machine, one);
  if (own) return own;
  if (kind === 'asset') return reply && host.keepAsset(request, reply);
  const isMany = kind === 'clear' || kind === 'groups';
  for (const at of [host, ...((await host.others?.(kind, request)) ?? [])]) {
    for (const each of isMany ? await at.store.keys(key) : [key]) await commit(at, machine, { ...one, key: each });
  }
}

/** The body goes first, then the record that speaks of it. */
async function commit(host: Host, machine: Machine, one: Write): Promise<void> {
  const { number, kind, key } = one;
  const { forgets, store, turns } = host;
  const busy = one.reply?.body ? turns.busy(key) : undefined;
  // A body that may never come to an end takes none along that has come since.
  if (busy !== undefined && busy > PATIENCE) return discard(one.reply);
  const waits = busy !== undefined && host.held;
  const reply = waits ? await waits(one.reply!) : one.reply;
  if (waits && !reply) return;
  const isForgotten = forgotten(host, machine, one);
  const attempt = async (): Promise<void> => {
    const committed = read(machine, number, await store.read(key));
    if (!committed || (committed.slot && !reply) || isForgotten()) return;
    const { freed, record, slot } = committed;
    if (slot) await store.keep(key, slot, reply!);
    const replaced = slot && freed[0];
    if (replaced && host.compare) {
      const [before, after] = [await store.body(key, replaced), await store.body(key, slot)];
      await host.compare(key, before, after).catch((error) => host.warn(`pages are not told of ${key}`, error));
    }
    // A body may have taken its time.
    if (isForgotten()) return void (await store.write(key, '', []));
    const isWritten = await forgets.enter(async () => {
      if ((await store.write(key, record, freed)) === false) return false;
      one.placed.slot = slot;
      host.drafts.pass(key, one.placed);
      if (stores(kind)) await store.count?.(key, slot, ask(machine, 'extras'), countOf(record));
      return true;
    });
    if (!isWritten) return attempt();
  };
  return turns.take(key, attempt);
}

/** Lets others see what is going to be written, until `written` settles. A body that is very long is not kept for that. */
export function show(host: Host, machine: Machine, one: Write, finds: Finds, written: Promise<unknown>): void {
  const body = one.kind === 'store' ? one.reply : undefined;
  const isLong = Number(body?.headers.get('content-length')) > LONG;
  const isShown =
    one.kind === 'store' ? body && !body.bodyUsed && !isLong : ['freshen', 'note', 'remove'].includes(one.kind);
  const committed = isShown ? read(machine, one.number, finds.record(one.key)) : undefined;
  const isForgotten = forgotten(host, machine, one);
  // Where bodies beside it lie nobody can say: others go on seeing what was being written before.
  if (!committed || (finds.isPast && hasOthers(committed))) return;
  host.drafts.show(one.key, { ...committed, placed: one.placed, body: body?.clone(), isForgotten }, written);
}

const stores = (kind: string) => kind === 'store' || kind === 'freshen';

/** Tells whether what a write stores has been forgotten since its request began. */
function forgotten(host: Host, machine: Machine, { kind, key, began }: Write): () => boolean {
  return () => stores(kind) && host.forgets.cover(key, () => tagsOf(machine), began);
}

/** What a write comes to for a record: a slot for the body, slots that are free then, and the record. */
function read(machine: Machine, number: number, record: string) {
  const committed = ask(machine, `commit\n${number}\n${record}`);
  if (!committed) return undefined;
  const [slot, freed, ...rest] = committed.split('\n') as [string, string, ...string[]];
  return { slot, freed: freed ? freed.split(',') : [], record: rest.join('\n') };
}
