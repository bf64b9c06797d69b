// For how long somebody may say nothing.

import { asTimer, heeding } from './limits.js';

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
    this.#begin(false);
  }

  #begin(isAgain: boolean): void {
    this.end();
    const due = performance.now() + this.milliseconds;
    const error = new Error(`it has said nothing for ${this.milliseconds} ms`);
    const over = () => {
      // It was this process that was late: what has been said meanwhile has yet to be read.
      const isLate = performance.now() - due > this.milliseconds / 4;
      if (isLate && !isAgain) this.#begin(true);
      else this.#controller.abort(error);
    };
    this.#timer = setTimeout(over, asTimer(this.milliseconds));
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** What is made for being silent most of the time. */
const EVENTS = /^text\/event-stream\b/i;

/**
 * A response whose body ends with an error if nothing of it comes while somebody waits.
 *
 * @param signal what its request is aborted by, of which `silence` is a part.
 * @param onStall is told of that error.
 */
export function spoken(
  response: Response,
  silence: Silence,
  signal: AbortSignal,
  onStall: (error: unknown) => void,
): Response {
  if (!response.body || EVENTS.test(response.headers.get('content-type') ?? '')) return response;
  const reader = response.body.getReader();
  const leave = () => reader.cancel(signal.reason).catch(() => {});
  const pull = async (controller: ReadableStreamDefaultController) => {
    silence.break();
    try {
      const { done, value } = await heeding(signal, reader.read(), leave);
      if (done) controller.close();
      else controller.enqueue(value);
    } catch (error) {
      if (silence.signal.aborted) onStall(error);
      throw error;
    } finally {
      silence.end();
    }
  };
  // It waits only for what somebody reads.
  const body = new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
  return new Response(body, response);
}
