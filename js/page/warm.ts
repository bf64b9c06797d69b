// Fetching before it is needed.

/** What came of one URL. */
export interface Warmed {
  /** The absolute URL; as it was given, if it is none. */
  url: string;
  /** The response's status code; 0 if there was no answer. */
  status: number;
  /** Why there was no answer. */
  reason?: string;
}

/** How many are asked for at once: as many connections as a browser opens to a host that does not speak HTTP/2. */
const AT_ONCE = 6;

/**
 * Asks for URLs that will be needed, so that the worker stores what its routes keep: the next page of a list, a trip's
 * tickets before the network is gone. Each is asked for once, with low priority, and by the rules of its route: what is
 * fresh in the store is not fetched again.
 *
 * @param urls relative to the page.
 * @returns what came of each, in their order. It never rejects.
 *
 * @example
 * const failed = (await warm('data/1.json', 'data/2.json')).filter(({ status }) => status !== 200);
 */
export async function warm(...urls: string[]): Promise<Warmed[]> {
  const results: Warmed[] = urls.map((url) => ({ url, status: 0 }));
  const open = results.values();
  const lane = async () => {
    for (const result of open) {
      try {
        result.url = new URL(result.url, document.baseURI).href;
        const response = await fetch(result.url, { priority: 'low' } as RequestInit);
        // What is not read to its end may never be stored.
        await response.arrayBuffer();
        result.status = response.status;
      } catch (error) {
        result.reason = String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}
