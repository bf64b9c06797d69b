// One request: the steps of its machine, carried out. The same for every host; nothing is decided here.

import type { Machine } from '../../target/wasm/keepfresh.js';
import { assemble, discard } from './body.js';
import { Finds } from './finds.js';
import { forward } from './forward.js';
import { told, type Host, type Report } from './host.js';
import { ask, readServed, readSteps, type Served, tellFound } from './machine.js';
import { show, write } from './write.js';

/** A request on its way. Its answer settles as soon as there is one; `done` when nothing is left to do. */
export class Journey {
  readonly answer: Promise<Report>;
  readonly done: Promise<void>;
  /** Whether the cache itself failed, and the answer is its fault. */
  isBroken = false;
  #resolve!: (report: Report) => void;
  #reject!: (error: unknown) => void;
  #end!: () => void;
  #reply: Response | undefined;
  #whole: Promise<Response | void> | undefined; // what a stored part and the reply came to
  #failure: unknown;
  readonly #finds: Finds;
  readonly #began: number;
  #pending = 0; // reports to come
  #ended = false;
  #writes = 0;
  /** What is done one after the other: the answer, then what is written. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    readonly host: Host,
    readonly machine: Machine,
    readonly request: Request,
  ) {
    this.#began = host.forgets.moment;
    this.#finds = new Finds(host, machine, request);
    this.answer = new Promise((resolve, reject) => ([this.#resolve, this.#reject] = [resolve, reject]));
    this.done = new Promise((resolve) => (this.#end = resolve));
    this.#report('');
  }

  /** The client does not wait any more. */
  abort(reason: unknown): void {
    this.#reject(reason);
    if (!this.#ended) this.#report('abort');
  }

  /** Tells the machine what came of a step (at first nothing); `asked` is when the request was sent whose reply it is. */
  #report(news: string, asked = 0): void {
    this.#take((now) => this.machine.tell(news, asked, now));
  }

  /** Takes steps until one has to be waited for. Whatever breaks, the request goes to the network. */
  #take(tell: (now: number) => string): void {
    try {
      for (const step of readSteps(tell(this.host.now()))) {
        const [kind, ...lines] = step.split('\n');
        if (kind === 'done') void this.#finish(this.#work);
        else if (kind === 'lookup') this.#look(lines[0]!, lines[1]!);
        else if (kind === 'forward') this.#forward(lines);
        else if (kind === 'serve')
          this.#serve(readServed(lines, (slot) => this.host.fieldsOf!(this.#finds.found, slot)));
        else this.#write(lines[0]!, lines[1]!);
      }
    } catch (error) {
      this.#break(error);
    }
  }

  /** Something that cannot happen has happened: whoever waits has to do without the cache. */
  #break(error: unknown): void {
    this.isBroken = true;
    this.#reject(error);
    this.#close();
  }

  async #finish(work: Promise<unknown>): Promise<void> {
    await work;
    if (this.#ended || this.#pending || this.#work !== work) return;
    this.#finds.release();
    this.machine.free();
    this.#close();
  }

  #close(): void {
    this.#ended = true;
    discard(this.#reply);
    this.#end();
  }

  #look(kind: string, key: string): void {
    const { host } = this;
    // A store that cannot be read holds nothing.
    const nothing = (error: unknown) => (host.warn('the cache could not be read', error), '');
    this.#pending++;
    const tell = (found: string) => {
      this.#pending--;
      this.#take((now) => (host.tellFound ?? tellFound)(this.machine, found, now));
    };
    void this.#finds.look(kind, key).catch(nothing).then(tell);
  }

  #forward(lines: string[]): void {
    this.#pending++;
    forward(this.host, this.machine, this.request, lines, {
      finds: this.#finds,
      report: (event, asked) => this.#report(event, asked),
      fail: (error) => this.#break(error),
      arrive: (reply, failure) => {
        this.#pending--;
        discard(this.#reply);
        [this.#reply, this.#failure] = [reply, failure];
      },
    });
  }

  #serve(served: Served): void {
    if (served.body === 'failure') {
      const failure = this.#failure ?? new TypeError('the network gave no answer');
      return this.#resolve({ ...told(served, Response.error()), failure });
    }
    const lost = () => this.#report('lost');
    const pieces = { stored: () => this.#finds.body(served.slot), reply: this.#reply, apart: this.host.apart };
    const measure = (length: number) => readServed(ask(this.machine, `measured\n${length}`).split('\n').slice(1));
    // Of a reply that is served and stored, one reader each. The rest of a body alone is nothing to store.
    if (served.body === 'reply' && served.keeps) this.#reply = this.#reply?.clone();
    else if (served.body === 'reply' || served.body === 'combined') this.#reply = undefined;
    const answer = assemble(served, pieces, measure)
      .then((assembled) => {
        if (!assembled) return lost();
        this.#resolve(told(served, assembled.response));
        return assembled.whole;
      })
      .catch((error) => (this.host.warn('a stored response is broken', error), lost()));
    this.#whole = served.body === 'combined' ? answer : undefined;
    this.#work = this.#work.then(() => answer);
  }

  #write(kind: string, key: string): void {
    const { host, machine, request } = this;
    const one = { number: this.#writes++, kind, key, reply: this.#reply, began: this.#began, placed: {} };
    // What is freshened is known by its slot. Whoever comes next validates it anew.
    if (kind === 'freshen' && this.#finds.isDrafted) return;
    const whole = this.#whole;
    const work = async () => write(host, machine, request, whole ? { ...one, reply: (await whole) ?? undefined } : one);
    this.#work = this.#work.then(work).catch((error) => host.warn('a response could not be stored', error));
    show(host, machine, one, this.#finds, this.#work);
  }
}
