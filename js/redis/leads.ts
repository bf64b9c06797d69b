// Whose turn it is to ask the origin server, over all instances: a lock in Redis with a number that only grows, and a time limit
// for whoever died with it.

import { randomUUID } from 'node:crypto';
import type { RedisLink } from './link.js';
import { END, LEAD, RENEW } from './scripts.js';
import type { Lead } from '../server/shared-store.js';

/** What is asked for. */
interface Place {
  key: string;
  /** What the names of the shard's keys begin with. */
  prefix: string;
  /** The name of the value. */
  value: string;
  /** The identifier of what was seen there; empty if there was nothing. */
  id: Buffer;
  /** For how long others are waited for, and wait for this one, in milliseconds. */
  patience: number;
}

/** How long it is known that nothing comes of asking for a key, in milliseconds: nobody waits for others meanwhile. */
const ALONE_MS = 1000;

/** How often a lead is renewed once the answer has begun: others wait for it as long again, and for a body that never ends no longer. */
const RENEWALS = 3;

/** How often it is looked whether it is one's turn, where nobody announces it, in milliseconds. */
const UNHEARD_MS = 50;

export class RedisLeads {
  isHeard = false;
  readonly #turns = new WeakMap<Lead, number>();
  readonly #waiting = new Map<string, Set<(isStored: boolean) => void>>();

  constructor(
    readonly link: RedisLink,
    readonly channel: string,
    readonly leadMs: number,
  ) {}

  /** The number of a turn; 0 if none was taken. */
  turnOf(lead: Lead | undefined): number {
    return lead ? (this.#turns.get(lead) ?? 0) : 0;
  }

  /** Somebody has ended their turn. */
  hear(key: string, isStored: boolean): void {
    for (const tell of this.#waiting.get(key) ?? []) tell(isStored);
  }

  /** The lead; nothing if something else is there by now. */
  async lead(place: Place): Promise<Lead | undefined> {
    const { key, prefix, value, id, patience } = place;
    const token = randomUUID();
    const began = performance.now();
    for (;;) {
      // Before it is asked: what is announced meanwhile counts.
      const news = this.#news(key);
      try {
        const turn = Number(await this.link.run(LEAD, [value], [key, token, String(this.leadMs), id]));
        if (turn > 0) return this.#led(place, token, turn);
        // Nothing comes of waiting, or whoever asks has no answer.
        if (turn === -1 || performance.now() - began > patience) return { end: async () => {} };
        if (turn === -2 || (await news.come)) return undefined;
      } finally {
        news.forget();
      }
    }
  }

  #led({ key, prefix, value, id, patience }: Place, token: string, turn: number): Lead {
    const lock = `${prefix}l:${key}`;
    const renew = () => this.link.run(RENEW, [lock], [token, String(this.leadMs)]).catch(() => {});
    let left = (patience * 3) / this.leadMs;
    const timer = setInterval(() => void (left-- > 0 && renew()), this.leadMs / 3).unref();
    const lead: Lead = {
      begins: () => (left = RENEWALS),
      end: async () => {
        clearInterval(timer);
        const args = [token, this.channel, key, id, String(ALONE_MS)];
        await this.link.run(END, [lock, `${prefix}n:${key}`, value], args);
      },
    };
    this.#turns.set(lead, turn);
    return lead;
  }

  /** Whether something was stored for a key, once that is announced; `false` when it is time to look again. */
  #news(key: string): { come: Promise<boolean>; forget(): void } {
    let tell: (isStored: boolean) => void = () => {};
    const come = new Promise<boolean>((resolve) => (tell = resolve));
    const timer = setTimeout(() => tell(false), this.isHeard ? this.leadMs / 3 : UNHEARD_MS);
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting.add(tell));
    const forget = () => {
      clearTimeout(timer);
      waiting.delete(tell);
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    };
    return { come, forget };
  }
}
