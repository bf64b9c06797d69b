// What became of the latest requests, for pages that ask. In memory and bounded: it explains what a page sees now.

import type { Report } from '../host/host.js';

const LIMIT = 512;

/** One request that was answered. */
export interface Line {
  ageSeconds: number | undefined;
  bytes: number;
  fromStore: boolean;
  /** Later lines have greater ones, those of a worker that was started again as well. */
  id: number;
  milliseconds: number;
  status: string;
  url: string;
}

export class Log {
  #lines: { client: string; line: Line }[] = [];
  #last = 0;

  add(
    { request, clientId, resultingClientId }: FetchEvent,
    { response, from, age, status }: Report,
    milliseconds: number,
  ): void {
    const line = {
      ageSeconds: age ? Number(age) : undefined,
      bytes: Number(response.headers.get('content-length')) || 0,
      fromStore: !['failure', 'network', 'reply'].includes(from),
      id: (this.#last = Math.max(this.#last + 1, Date.now() * 1000)),
      milliseconds,
      status,
      url: request.url,
    };
    // The script of a worker is asked for by its page, as its other files are.
    this.#lines.push({ client: (request.mode === 'navigate' && resultingClientId) || clientId, line });
    if (this.#lines.length > LIMIT) this.#lines.shift();
  }

  /** The lines of one page after one that it has, oldest first. */
  of(client: string, after = 0): Line[] {
    return this.#lines.filter((one) => one.client === client && one.line.id > after).map(({ line }) => line);
  }
}
