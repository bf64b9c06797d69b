// What computing has thrown, for all who waited for it (memoize.ts).

/** For how long a failure is remembered, in milliseconds: whoever waited for it is told in far less. */
const REMEMBERED_MS = 10_000;

/** What was thrown, as the answer of a server that failed: a result that may be given in its place is then given. */
export class Failures {
  readonly #all = new Map<string, unknown>();
  /** The latest failure of what has a URL, and how many there had been with it. */
  readonly #latest = new Map<string, number>();
  count = 0;

  /** @param url of what was computed. */
  asResponse(error: unknown, url: string): Response {
    const own = this.count++;
    this.#all.set(String(own), error);
    this.#latest.set(url, this.count);
    const forget = () => {
      this.#all.delete(String(own));
      if (this.#latest.get(url) === own + 1) this.#latest.delete(url);
    };
    setTimeout(forget, REMEMBERED_MS).unref();
    return responseFor(own);
  }

  /** What was thrown for a URL since there had been so many. */
  since(count: number, url: string): Response | undefined {
    const latest = this.#latest.get(url) ?? 0;
    return latest > count ? responseFor(latest - 1) : undefined;
  }

  of({ headers }: Response): unknown {
    const id = headers.get('etag')?.slice(1, -1) ?? '';
    const isKnown = this.#all.has(id);
    return isKnown
      ? this.#all.get(id)
      : new Error('memoize: computing failed, for somebody else that it was computed for');
  }
}

const responseFor = (failure: number): Response =>
  new Response(null, { status: 500, headers: { 'cache-control': 'no-store', etag: `"${failure}"` } });
