// When something was written under a key: what was found before that may lie elsewhere by now.

/** Of how many keys that is known. */
const MOST = 1000;

export class Moments {
  /** Counts what is written. */
  moment = 0;
  /** When something was written under a key for the last time, of the latest keys. */
  readonly #last = new Map<string, number>();
  /** When it was under any other, at the latest. */
  #floor = 0;

  /** Something is written under a key. */
  note(key: string): void {
    this.#last.delete(key);
    this.#last.set(key, ++this.moment);
    if (this.#last.size <= MOST) return;
    const [oldest, at] = this.#last.entries().next().value!;
    this.#last.delete(oldest);
    this.#floor = at;
  }

  /** Whether something may have been written under a key since a moment. */
  hasPassed(key: string, moment: number): boolean {
    return (this.#last.get(key) ?? this.#floor) > moment;
  }
}
