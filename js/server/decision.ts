// A request's machine, begun only if what it would say is not remembered: what the engine decides is a function of a
// request, of a record, and of how old in whole seconds the responses of that are.

import type { Engine, Machine } from '../../target/wasm/keepfresh.js';
import { tellFound } from '../host/machine.js';

/** What was decided on from what the store had: an answer, a question to the origin server, or both. */
interface Decided {
  /** The steps before it: a record to look up. */
  opening: string;
  record: string;
  steps: string;
  /** From when, and until when, it holds. */
  from: number;
  until: number;
  key: string;
  extras: string;
}

/** The most characters of what is remembered. */
const MOST = 4_000_000;

const lengthOf = (request: string, { record, steps }: Decided): number => request.length + record.length + steps.length;

/** Whether all that is to be done is to look one record up. */
const isLookup = (steps: string): boolean => steps.startsWith('lookup\n') && steps.indexOf('\x1e') === steps.length - 1;

/** The decisions of an engine, by the text of their requests. */
export class Decisions {
  readonly #all = new Map<string, Decided>();
  #length = 0;

  /** @param tell tells a machine what the store has. */
  constructor(
    readonly engine: Engine,
    readonly tell: typeof tellFound,
  ) {}

  /** The decision on a request; nothing if it is none of the engine's. */
  begin(request: string): Decision | undefined {
    const before = this.#all.get(request);
    const machine = before ? undefined : this.engine.begin(request);
    return before || machine ? new Decision(this, request, machine, before) : undefined;
  }

  remember(request: string, decided: Decided): void {
    const before = this.#all.get(request);
    this.#length += lengthOf(request, decided) - (before ? lengthOf(request, before) : 0);
    if (this.#length > MOST) {
      this.#all.clear();
      this.#length = lengthOf(request, decided);
    }
    this.#all.set(request, decided);
  }
}

export class Decision implements Machine {
  #opening = '';
  #began = 0;
  /** Whether it was told nothing yet. */
  #isNew = true;
  /** When what is remembered was told once more. */
  #told: number | undefined;

  constructor(
    readonly decisions: Decisions,
    readonly request: string,
    private machine: Machine | undefined,
    readonly before: Decided | undefined,
  ) {}

  /** As `tell` of a machine (src/host/machine.rs). */
  tell(news: string, asked: number, now: number): string {
    const { before } = this;
    const isNews = news && news !== 'key' && news !== 'extras';
    if (isNews) this.#isNew = false;
    else if (before && !this.machine) {
      if (!news) return ((this.#began = now), before.opening);
      return before[news as 'key' | 'extras'];
    }
    const steps = this.#begun().tell(news, asked, now);
    if (!news) [this.#opening, this.#began] = [steps, now];
    return steps;
  }

  /** Tells what the store has: the news `lookup`. */
  found(record: string, now: number): string {
    const { before, decisions } = this;
    const isFirst = this.#isNew;
    this.#isNew = false;
    if (isFirst && before?.record === record && before.from <= now && now < before.until) {
      this.#told = now;
      return before.steps;
    }
    const machine = this.#begun();
    const steps = decisions.tell(machine, record, now);
    // Another record that is wanted could have changed by the next time.
    if (isFirst && isLookup(this.#opening) && !steps.startsWith('lookup\n'))
      this.#remember(machine, record, steps, now);
    return steps;
  }

  free(): void {
    this.machine?.free();
  }

  [Symbol.dispose](): void {
    this.free();
  }

  #remember(machine: Machine, record: string, steps: string, now: number): void {
    const [until, key, extras] = machine.tell('holds', 0, now).split('\n') as [string, string, string];
    const decided = { opening: this.#opening, record, steps, from: now, until: Number(until), key, extras };
    if (key) this.decisions.remember(this.request, decided);
  }

  /** The machine, where it is by now. */
  #begun(): Machine {
    if (this.machine) return this.machine;
    const { before, decisions } = this;
    const machine = (this.machine = decisions.engine.begin(this.request)!);
    this.#opening = machine.tell('', 0, this.#began);
    if (this.#told !== undefined) decisions.tell(machine, before!.record, this.#told);
    return machine;
  }
}
