// For how long somebody may say nothing.

/** Aborts what a server says nothing of for too long. */
export class Silence {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly milliseconds: number) {
    this.break();
  }

  /** It has said something. */
  break(): void {
    this.end();
    const error = new Error(`it has said nothing for ${this.milliseconds} ms`);
    this.#timer = setTimeout(() => this.#controller.abort(error), this.milliseconds);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
