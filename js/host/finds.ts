// What a request found in the store: a record, and the bodies that it speaks of.

import type { Machine } from '../../target/wasm/keepfresh.js';
import { discard } from './body.js';
import type { Host } from './host.js';
import { ask, writeResponse } from './machine.js';
import type { Drafts } from './store.js';

export class Finds {
  #key = '';
  #record = '';
  #moment = 0;
  /** What was served without a record: an asset, or a precached page. */
  #found: Response | undefined;
  /** A body that is still being written. */
  #draft: ReturnType<Drafts['find']>;
  #drafted: ReturnType<Drafts['find']>;
  /** A stored body that was got hold of before the network was asked, for by then its slot may hold another. */
  #held: { slot: string; body: Promise<Response | undefined>; isTaken?: boolean } | undefined;

  constructor(
    readonly host: Host,
    readonly machine: Machine,
    readonly request: Request,
  ) {}

  /** Looks something up, and says what there is in the machine's words. */
  async look(kind: string, key: string): Promise<string> {
    const { host, request } = this;
    const present = async () => {
      this.#found = await host.find(kind, request, key);
      // Of a part, the head of the whole matters.
      const head = this.#found && request.headers.has('range') ? `\n${writeResponse(this.#found)}` : '';
      return this.#found ? `present${head}` : '';
    };
    // What was stored since may be of a version after that of the tab.
    const isNewer = kind === 'stored' || (kind === 'precached' && !(await host.isOld?.(request)));
    const found = isNewer ? '' : await present();
    if (found || ['asset', 'fallback', 'installed'].includes(kind)) return found;
    this.#key = key;
    this.#moment = host.drafts.moment;
    discard(this.#draft?.body);
    this.#draft = host.drafts.find(key);
    // Whatever a store gives back is taken for a record, and read as far as it is one.
    const read = this.#draft ? '' : String(await host.store.read(key));
    // Somebody else's answer may have come while the store was read.
    this.#draft ??= host.drafts.find(key);
    this.#record = this.#draft?.record ?? read;
    this.#drafted = this.#draft;
    if (this.#record) host.store.use?.(key);
    return this.#record || (kind === 'precached' ? present() : '');
  }

  /** The record that was looked up last. */
  get found(): string {
    return this.#record;
  }

  /** Whether something was found that was being written, and does not lie (yet) in the slot that it was meant to. */
  get isDrafted(): boolean {
    const { slot, placed } = this.#drafted ?? {};
    return Boolean(slot && placed!.slot !== slot);
  }

  /** Whether the bodies that were found may lie elsewhere by now, or something else in their place. */
  get isPast(): boolean {
    return this.isDrafted || this.host.drafts.hasPassed(this.#key, this.#moment);
  }

  /** The record of a key, if it is the one that was looked up last. */
  record(key: string): string {
    return key === this.#key ? this.#record : '';
  }

  /** Gets hold of a body. The first one counts: by a second asking its slot may hold another. */
  hold(slot: string): void {
    this.#held ??= { slot, body: this.body(slot) };
    this.#held.body.catch(() => {});
  }

  /** The body in a slot; that of what was served without a record, if there is no slot. */
  async body(slot: string): Promise<Response | undefined> {
    if (!slot) return this.#found;
    if (this.#held?.slot === slot) {
      this.#held.isTaken = true;
      return this.#held.body;
    }
    const { body, slot: drafted } = this.#draft ?? {};
    if (!body || drafted !== slot) return this.#usable(await this.host.store.body(ask(this.machine, 'key'), slot));
    this.#draft = undefined;
    return this.#usable(body);
  }

  /** What is opaque is there only for who may not look into it: anybody else would have a network error. */
  #usable(body: Response | undefined): Response | undefined {
    return body?.type === 'opaque' && this.request.mode !== 'no-cors' ? undefined : body;
  }

  /** What was not used must not be kept for its sake. */
  release(): void {
    discard(this.#draft?.body);
    if (!this.#held?.isTaken) this.#held?.body.then(discard, () => {});
  }
}
