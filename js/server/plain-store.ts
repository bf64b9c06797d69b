// A store that one process has to itself, for caches that share theirs: what others would see to is seen to here.

import { Fences } from './fences.js';
import type { Records } from './engine.js';
import { Groups } from './groups.js';
import type { Invalidation, SharedStore } from './shared-store.js';
import { Moments } from '../host/moments.js';
import { countOf, type Store, Turns } from '../host/store.js';

/** Whoever has the same store has the same fences. */
const known = new WeakMap<Store, SharedStore>();

export function asShared(store: Store, records: Records): SharedStore {
  const shared = known.get(store) ?? share(store, records);
  known.set(store, shared);
  return shared;
}

/** What a record says of the response in a slot (src/exchange/record.rs). */
const headOf = (record: string, slot: string): string | undefined =>
  record.split('\x1e').find((one) => one.startsWith(`${slot} `) && /^\d \d{3} /.test(one));

function share(store: Store, { facts, removed }: Records): SharedStore {
  const fences = new Fences();
  const groups = new Groups(store, (record) => (record ? facts(record).groups : []));
  const turns = new Turns();
  /** A slot is written by one at a time. What is invalidated does not wait for bodies, which may take for ever. */
  const bodies = new Turns();
  /** Records that are being written: a store need not say yet that it has them. */
  const writing = new Set<unknown>();
  const isClosed = (key: string, record: string, since: unknown) =>
    fences.now > Number(since) && fences.isClosed(key, facts(record).groups, Number(since));

  /** When bodies were kept, by key and slot: as long as there is none more, what lies there is what was found. */
  const kept = new Moments();
  const placeOf = (key: string, slot: string) => `${slot} ${key}`;

  const find = async (key: string) => (await store.find?.(key)) ?? { record: await store.read(key) };
  /** A body that was found in a record; nothing if another may have come in its place since. */
  const body = async (key: string, slot: string, record: string, found: number) => {
    const body = await store.body(key, slot);
    if (!kept.hasPassed(placeOf(key, slot), found)) return body;
    const head = headOf(record, slot);
    return head && head === headOf(String(await store.read(key)), slot) ? body : undefined;
  };
  /** Nobody would look for what was kept there. */
  const free = async (key: string, slot: string) => {
    const there = await find(key);
    await store.write(key, there.record, [slot], there);
  };
  const forget = (key: string, { keys = [], groups: named }: Invalidation) =>
    turns.take(key, async () => {
      const from = await find(key);
      const { record } = from;
      const isMeant = keys.includes(key) || !named || facts(record).groups.some((group) => named.includes(group));
      if (record && isMeant) {
        // Its slots are taken in turn: somebody may be reading what was there.
        const left = removed(record);
        await store.write(key, left.record, left.freed, from);
      }
      groups.drop(key, named ?? []);
    });

  return {
    isShared: true,
    now: () => fences.now,
    isClosed,
    use: (key) => store.use?.(key),
    async read(key) {
      const [version, before] = [fences.now, kept.moment];
      const found = await find(key);
      // Whatever a store gives back is taken for a record, and read as far as it is one.
      const record = String(found.record);
      return { body: (slot) => body(key, slot, record, before), ...found, record, version };
    },
    write: (key, { from, since, record, body, freed, groups: names }) => {
      const finish = async () => {
        const there = await find(key);
        // The body took its time.
        if (isClosed(key, record, since)) {
          if (body) await free(key, body.slot);
          return 'refused' as const;
        }
        // Of what it was decided on something may have been invalidated since: that is not brought back.
        const isAlone = body && countOf(record) === 1;
        if (record && !isAlone && String(there.record) !== from.record) {
          if (!body) return 'conflict' as const;
          // Whose bodies lie there nobody can say.
          await store.write(key, '', [body.slot]);
          return 'refused' as const;
        }
        groups.note(key, names);
        const written = store.write(key, record, freed, store.find && from, body?.slot);
        writing.add(written);
        await Promise.resolve(written).finally(() => writing.delete(written));
        return 'written' as const;
      };
      return bodies.take(key, async () => {
        if (isClosed(key, record, since)) return 'refused';
        if (body) kept.note(placeOf(key, body.slot));
        if (body) await store.keep(key, body.slot, body.response);
        return turns.take(key, finish);
      });
    },
    async invalidate(what) {
      fences.add(what);
      const written = Promise.allSettled(writing);
      const { keys = [], origin, groups: named } = what;
      const inGroups = origin && named ? await groups.find(origin, named, written) : [];
      await written;
      const others = origin && !named ? await store.keys(origin) : inGroups;
      await Promise.all([...new Set([...keys, ...others])].map((key) => forget(key, what)));
    },
  };
}
