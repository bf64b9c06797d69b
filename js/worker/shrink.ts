// Making room in the ledger: which entries go until a group is within its limits (src/policy/eviction.rs says).

import type { Book } from './book.js';
import type { Budget } from '../host/extras.js';

/** What is known beside the book. */
interface Known {
  /** Tells what becomes of entries (`Engine.ask`, `evict`). */
  fates(question: string): string;
  /** What was used, and is not marked in the book yet. */
  used: Set<string>;
}

/** Goes on with a group's hand until the group is within its limits; `own` has just come, and stays. */
export async function shrink(
  book: Book,
  group: string,
  limits: Budget,
  gone: Set<string>,
  { fates, used }: Known,
  own?: string,
): Promise<void> {
  let { bytes, entries, hand } = await book.group(group);
  const goes = (key: string, size: number) => {
    gone.add(key);
    [bytes, entries] = [bytes - size, entries - 1];
  };
  for (const key of [...gone]) {
    const entry = await book.entry(key);
    if (entry && [entry.group, ''].includes(group)) goes(key, entry.bytes);
  }
  // In whole numbers, as the engine reads them: what it does not read is no excess to it, and nothing would ever go.
  const excess = () =>
    [bytes - limits.maxBytes, entries - limits.maxEntries].map((over) => Math.max(0, Math.ceil(over)));
  // Once around, the hand may do no more than take back that everything was used.
  for (let rounds = 0; rounds < 3 && excess().some((over) => over > 0);) {
    const seen = await book.from(group, hand);
    const open = seen.filter(({ key }) => key !== own && !gone.has(key));
    const lines = open.map((entry) => `${entry.bytes} ${used.has(entry.key) ? 1 : entry.used}`);
    const told = fates(['evict', excess().join(' '), ...lines].join('\n'));
    for (const [index, { key, bytes: size }] of open.entries()) {
      if (told[index] === 'e') goes(key, size);
      if (told[index] === 's') await mark(book, key, 0, used);
    }
    const stop = open[told.indexOf('k')];
    // Where nothing moves, nothing will.
    if (stop && stop.turn === hand && !/[es]/.test(told)) break;
    if (seen.length === 0) rounds++;
    hand = stop ? stop.turn : seen.length > 0 ? seen.at(-1)!.turn + 1 : 0;
  }
  await book.save({ ...(await book.group(group)), hand });
}

/** Marks in the book whether something was used. */
export async function mark(book: Book, key: string, as: number, used: Set<string>): Promise<void> {
  const entry = await book.entry(key);
  // What is not there may be on its way.
  if (entry) used.delete(key);
  if (entry && entry.used !== as) await book.put({ ...entry, used: as });
}
