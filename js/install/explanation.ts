// What a worker would do with a request, as it tells a page.

/** An answer that would be given. */
export interface Foretold {
  /**
   * Where its body would come from: `stored` (a stored response, or a `part` of it), `found` (a file of the version), `empty`
   * (a head alone, as 304 or 504), or `failure` (a network error).
   */
  from: string;
  /** The status code, where it is not that of what is stored. */
  status: number | undefined;
  /** The current age in seconds (RFC 9111, section 4.2.3), where it is known. */
  ageSeconds: number | undefined;
  /** The outcome, with its reason, as in `Cache-Status` (RFC 9211). */
  cacheStatus: string;
}

/** What would become of a request. */
export interface Explanation {
  /** `browser`: the worker leaves it alone. `keepfresh`: it answers. */
  by: 'browser' | 'keepfresh';
  /** Which route of the table is for it, from 0, where one is: none is for fingerprinted assets. */
  route?: number;
  /**
   * What would be looked for, in this order, and whether it is there: what a route has `stored`, or a file of the version (`asset`,
   * `page`, any that is `precached`, or the page for when there is no other: `fallback`).
   */
  looks: { kind: string; url: string; isThere: boolean }[];
  /** The answer at once; none if the network is waited for. */
  answer?: Foretold;
  /** If the network would be asked (also behind an answer): what with, and how long an answer that is stored is held back for it. */
  network?: { validators: string[]; timeoutSeconds: number | undefined };
  /** The answer if the network had none. */
  offline?: Foretold;
  /** Why nothing more can be told: the key has a `partition` or a `body` in it, or the page is put together of several files. */
  untold?: 'body' | 'composed' | 'partition';
}
