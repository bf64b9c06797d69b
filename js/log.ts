// What became of the latest requests, for pages that ask. In memory and bounded: it explains what a page sees now.

import type { Report } from './host.js';

const LIMIT = 512;

/** One request that was answered. */
export interface Line {
  ageSeconds: number | undefined;
  bytes: number;
  fromStore: boolean;
  milliseconds: number;
  status: string;
  url: string;
}

export class Log {
  #lines: { client: string; line: Line }[] = [];

  add(
    { request, clientId, resultingClientId }: FetchEvent,
    { response, from, age, status }: Report,
    milliseconds: number,
  ): void {
    const line = {
      ageSeconds: age ? Number(age) : undefined,
      bytes: Number(response.headers.get('content-length')) || 0,
      fromStore: !['failure', 'network', 'reply'].includes(from),
      milliseconds,
      status,
      url: request.url,
    };
    this.#lines.push({ client: resultingClientId || clientId, line });
    if (this.#lines.length > LIMIT) this.#lines.shift();
  }

  /** The lines of one page, oldest first. */
  of(client: string): Line[] {
    return this.#lines.filter((one) => one.client === client).map(({ line }) => line);
  }
}
