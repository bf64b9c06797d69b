// What computing has thrown, for all who waited for it (memoize.ts).

/** How many failures are remembered. */
const MOST_FAILURES = 1000;

/** What was thrown, as the answer of a server that failed: a result that may be given in its place is then given. */
export class Failures {
  readonly #all = new Map<string, unknown>();
  /** The latest failure of what has a URL, and how many there had been with it. */
  readonly #latest = new Map<string, number>();
  count = 0;

  /** @param url of what was computed. */
  asResponse(error: unknown, url: string): Response {
    this.#all.set(String(this.count++), error);
    this.#latest.delete(url);
    this.#latest.set(url, this.count);
    // Whoever waited has it by then.
    this.#all.delete(String(this.count - MOST_FAILURES));
    for (const [oldest, at] of this.#latest) {
      if (at > this.count - MOST_FAILURES) break;
      this.#latest.delete(oldest);
    }
    return responseFor(this.count - 1);
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
