// The options of a service worker, and its routes as text for the one that reads them (src/route/read.rs).

/** Which requests a route answers, and how. Conditions that are absent hold for every request. */
export interface Route {
  /**
   * Path of the URL, in URLPattern's syntax without regular expressions: text, `*`, `:name`, `{group}?`. Without a
   * leading `/` it is relative to the scope.
   */
  path?: string;
  /** The origins of the URL, as in `https://cdn.example`, or `*` for any. Default: the worker's own. */
  origin?: string | string[];
  /** `navigate`: only navigations. */
  mode?: 'navigate';
  /** What the response must be wanted for (`Request.destination`): one, or one of several. */
  destination?: RequestDestination | RequestDestination[];
  /**
   * The method of a request that changes something: one, or one of several. Only for `network-only`, or with `keyBody`.
   * Default: `GET`.
   */
  method?: string | string[];
  /** Who is asked, and in which order; `http` leaves it to what the responses' fields say (RFC 9111). */
  policy: 'cache-first' | 'cache-only' | 'http' | 'network-first' | 'network-only' | 'race' | 'stale-while-revalidate';
  /** Parameters of the query that make no difference, whatever responses say; `true` for all of them. */
  ignoreQuery?: boolean | string[];
  /**
   * For requests (`method`: `POST`, `QUERY`) that change nothing, and say in their bodies what they ask for: the body's
   * SHA-256 is part of the key, with its `Content-Type`. `bytes` takes it as it is, `json` in whatever order its fields stand; with `graphql`
   * what is no query goes to the network, and has what is stored for this URL forgotten. Bodies over 256 KiB go to the
   * network.
   */
  keyBody?: 'bytes' | 'graphql' | 'json';
  /**
   * Keeps apart what is not everybody's: by the value of a field of the request, as `authorization`; or with `true` by
   * what the page last said (`partition`), until which nothing is stored. At most 8 are kept, the oldest goes first.
   */
  partition?: boolean | string;
  /**
   * Keeps responses of other origins that may not be looked into (`no-cors`), though they may be errors. `cache-first`
   * then needs `keepSeconds` or `maxAgeSeconds`. Each counts as 7 MB. Default: `false`.
   */
  opaque?: boolean;
  /** A precached page to show when neither the network nor the cache has an answer; with `before`, what stands in for the content. */
  fallback?: string;
  /**
   * Has pages (`mode: 'navigate'`) put together while they load: this precached file at once, behind it the content of
   * the page as it arrives, and the precached file `after`. The content is what the origin server answers with when
   * `contentQuery`, as `content=only`, stands in the query as well; it is what is stored. The status is 200.
   */
  before?: string;
  after?: string;
  contentQuery?: string;
  /**
   * Freshness lifetime of responses that name none. Default: no end for `cache-first` and `cache-only`; a tenth of the time since the
   * last modification, at most a day, for `http`; otherwise 0.
   */
  maxAgeSeconds?: number;
  /**
   * How long a stale response may be served while it is validated; a response's own
   * `stale-while-revalidate` can shorten it. Default: 0 for `cache-first` and `cache-only`, the response's own for `http`, otherwise no
   * end.
   */
  staleSeconds?: number;
  /** How long `network-first` waits for the network before it looks at what is stored: 0.5, say. Default: as long as it takes. */
  timeoutSeconds?: number;
  /**
   * The name of a queue: requests with this route's `method` that do not reach the network wait in it, in order, and
   * are sent when there is one. The page gets a 202 at once. Default: they fail.
   */
  queue?: string;
  /** Names by which pages can have this route's responses forgotten (`invalidate`), as at sign-out. */
  tags?: string | string[];
  /** How long a response is kept after it came or was last validated; then it is gone. Default: no end. */
  keepSeconds?: number;
  /** How many URLs are kept at most, and how many bytes. What is worth least goes first. Default: see `budget`. */
  maxEntries?: number;
  maxBytes?: number;
  /**
   * `respect` (default): a response's fields can make these terms stricter. `override`: they cannot,
   * `no-store` excepted; for servers that one cannot change.
   */
  headers?: 'respect' | 'override';
}

/** How the cache behaves. Every field has a default. */
export interface CacheOptions {
  /**
   * Of the routes that match, the one that says most of the request answers, in whatever order they stand. Default:
   * none; only fingerprinted assets are answered.
   */
  routes?: Route[];
  /** What to fetch when the worker is installed: the text that `keepfresh build` writes. Default: nothing. */
  precache?: string;
  /**
   * How much all routes keep at most. What is worth least goes first: what was not used, and of that what is largest.
   * Default: 100,000,000 bytes and 5,000 URLs.
   */
  budget?: { maxBytes?: number; maxEntries?: number };
  /**
   * How many bytes of responses that were read stay in memory while the worker runs, to be served faster the next time:
   * data and pages, no scripts. Default: 0.
   */
  memoryBytes?: number;
  /**
   * Has the browser ask for a page while the worker starts, and the worker take that answer. For routes that ask the
   * network for pages first; servers see `Service-Worker-Navigation-Preload: true`. Not in WebKit, which asks for
   * some of these pages twice. Default: `false`.
   */
  navigationPreload?: boolean;
  /** Counts what becomes of requests, for `stats()` and for `__keepfresh/stats` of the scope. Default: `false`. */
  stats?: boolean;
  /** Names the version that `precache` belongs to. Default: empty. */
  version?: string;
  /** Lets the browser answer by itself what it can, without starting the worker. Default: `true`. */
  staticRoutes?: boolean;
}

/** A line a route, `field=value` between tabs. Nothing is checked here, so that every fault is named in one place. */
export function routesAsText(routes: readonly Route[] = []): string {
  const field = ([name, value]: [string, unknown]) =>
    value === undefined ? [] : [`${name}=${value}`.replace(/\s/g, ' ')];
  return routes.map((route) => Object.entries(route).flatMap(field).join('\t') || ' ').join('\n');
}
