// What a host keeps responses in, and the order in which it is written.

import { copiesOf, discard } from './body.js';
import { PATIENCE } from './flights.js';
import { Moments } from './moments.js';

/** The length of a body, in bytes, from which on it is read by one request at a time. */
export const LONG = 4 * 1024 * 1024;

/** Records (text that the engine reads and writes) and bodies, under keys. */
export interface Store {
  /** The record of a key; empty if there is none. */
  read(key: string): Promise<string>;
  /** What there is under a key at one moment, for a store whose bodies others replace. Default: `read`, and `body` for its slots. */
  find?(key: string): Promise<{ record: string; body(slot: string): Promise<Response | undefined> }>;
  /** The body in a slot of a key. */
  body(key: string, slot: string): Promise<Response | undefined>;
  /** Keeps a body in a slot. Until a record speaks of it, nobody looks for it. */
  keep(key: string, slot: string, body: Response): Promise<void>;
  /**
   * Writes a record, in one step, or deletes it if it is empty; then deletes the bodies of slots. `false` if somebody else has
   * written there since it was read: then it is to be decided anew.
   *
   * @param from what `find` gave, which it was decided on.
   * @param kept the slot of the body that was kept for it, if one was.
   */
  write(key: string, record: string, freed: string[], from?: unknown, kept?: string): Promise<void | boolean>;
  /** The keys that begin with an origin. */
  keys(origin: string): Promise<string[]>;
  /** Notes that what is kept was used. */
  use?(key: string): void;
  /**
   * Counts what was kept in a slot (none if it was there, and has been validated), for each of so many variants, and makes room where that is too much: where a store
   * has budgets for each route.
   *
   * @param extras what the route says of it (js/host/extras.ts).
   */
  count?(key: string, slot: string, extras: string, variants: number): Promise<void>;
}

/** What takes its turn with all that is done under the same key. */
export class Turns {
  #last = new Map<string, Promise<unknown>>();
  /** When what is being done began. */
  #since = new Map<string, number>();

  /** For how long the same has been done under `key`, in milliseconds; nothing if nothing is. */
  busy(key: string): number | undefined {
    const now = performance.now();
    return this.#last.has(key) ? now - (this.#since.get(key) ?? now) : undefined;
  }

  /** Does `work` when all that was asked for before under `key` is done. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const begin = () => {
      this.#since.set(key, performance.now());
      return work();
    };
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(begin, begin);
    this.#last.set(key, turn);
    const forget = () => {
      if (this.#last.get(key) !== turn) return;
      this.#last.delete(key);
      this.#since.delete(key);
    };
    turn.then(forget, forget);
    return turn;
  }
}

/** What is being written: its record, and its body if that is new. */
interface Draft {
  record: string;
  /** What the store says of the moment in which it was asked for. */
  since?(): unknown;
  slot: string;
  /** Where it came to lie, once it does. */
  placed: { slot?: string };
  body: Response | undefined;
  /** Whether nobody is to find it any more. */
  isForgotten(): boolean;
  /** Is told that somebody goes on with it. */
  onFound?(): void;
}

/** What is being written, so that whoever has had an answer finds it stored, though a store takes its time. */
export class Drafts extends Moments {
  #drafts = new Map<string, { draft: Draft; found: number; spare: Response[] }>();

  /** Shows a draft until `written` settles. */
  show(key: string, draft: Draft, written: Promise<unknown>): void {
    const shown = { draft, found: 0, spare: draft.body ? [draft.body] : [] };
    this.#drafts.set(key, shown);
    // What nobody finds any more is kept by nobody: it may have no end.
    const late = setTimeout(() => shown.spare.splice(0).forEach(discard), PATIENCE);
    const forget = () => {
      clearTimeout(late);
      if (this.#drafts.get(key) === shown) this.#drafts.delete(key);
      shown.spare.forEach(discard);
    };
    written.then(forget, forget);
  }

  /** Something was written under a key: where the bodies are that another draft speaks of beside its own nobody can say any more. */
  pass(key: string, placed: object): void {
    const { draft } = this.#drafts.get(key) ?? {};
    if (draft && draft.placed !== placed && hasOthers(draft)) this.#drafts.delete(key);
    this.note(key);
  }

  /** The draft under a key, with a body of one's own. One that takes long may never come to an end. */
  find(key: string): Draft | undefined {
    const shown = this.#drafts.get(key);
    const isLate = shown?.draft.body && shown.spare.length === 0;
    if (!shown || isLate || shown.draft.isForgotten()) return undefined;
    const { draft, found, spare } = shown;
    // Some for those to come, when there have been many.
    if (spare.length === 1) spare.push(...copiesOf(spare[0]!, 2 + (found >> 3)).slice(1));
    shown.found += 1;
    return { ...draft, body: spare.length > 1 ? spare.pop() : undefined };
  }
}

/** Whether a draft speaks of responses beside its own. What a removal leaves behind (src/exchange/record.rs) is none. */
export const hasOthers = ({ record, slot }: Pick<Draft, 'record' | 'slot'>): boolean =>
  record.split('\x1e').filter((one) => /^\d \d{3} /.test(one)).length > (slot ? 1 : 0);

/** How many responses a record speaks of. */
export const countOf = (record: string): number => record.split('\x1e').length - 1;
