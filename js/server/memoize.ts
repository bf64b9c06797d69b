// A function whose results are kept: like the responses of a server, under the digest of what it was called with.

import { createHash } from 'node:crypto';
import { Cache } from './cache.js';
import { CACHE_OPTIONS, type CacheOptions } from './cache-options.js';
import { checkOptions, type Kinds, optionError } from '../host/checks.js';
import { Failures } from './failures.js';
import { spelled } from './inputs.js';
import { escaped } from './shared-store.js';

/** How results are kept. */
export interface MemoizeOptions<Input extends unknown[]> extends Omit<CacheOptions, 'shared' | 'targets'> {
  /** What results are kept under, for all instances of the same store. Default: the function's name. */
  name?: string;
  /** For how many seconds a result is fresh. */
  seconds: number;
  /** For how many seconds after that it is given, while it is computed anew behind it. Default: 0. */
  staleSeconds?: number;
  /** For how many seconds after that it is given, if computing fails. Default: 0. */
  staleIfErrorSeconds?: number;
  /** What an input is known by. Default: all of it. */
  key?: (...input: Input) => unknown;
  /** The groups that a result belongs to, for `invalidateGroups`. Functions with the same store share them. */
  groups?: (...input: Input) => string[];
}

/** A function whose results are kept. */
export interface Memoized<Input extends unknown[], Result> {
  (...input: Input): Promise<Result>;
  /** Settles when nobody is given the result for an input any more. */
  invalidate(...input: Input): Promise<void>;
  /** The same for the results in groups, of all functions with the same store. */
  invalidateGroups(...groups: string[]): Promise<void>;
  /** Settles when everything is written that the calls so far have led to. */
  idle(): Promise<void>;
}

const { store, now, onWarning } = CACHE_OPTIONS;
const OPTIONS: Kinds = {
  name: 'text',
  seconds: '!seconds',
  staleSeconds: 'seconds',
  staleIfErrorSeconds: 'seconds',
  key: 'function',
  groups: 'function',
  store,
  now,
  onWarning,
};

/** Where results are kept: a name that no server has (RFC 6761, section 6.4). */
const ORIGIN = 'https://memoized.invalid';

/**
 * A function that is called once for the same input: while a result is fresh, and while it is being computed, also by other
 * instances that share a store. Results have to be what JSON holds. What it throws is thrown to all who wait for it, and not kept.
 *
 * @throws CacheError with code `options`, naming the option that cannot be.
 * @example
 * import { memoize } from 'keepfresh/node';
 *
 * const predict = memoize(async (input) => model.run(input), { name: 'predict', seconds: 3600 });
 * await predict({ text: 'good morning' });
 */
export function memoize<Compute extends (...input: any[]) => unknown>(
  compute: Compute,
  options: MemoizeOptions<Parameters<Compute>>,
): Memoized<Parameters<Compute>, Awaited<ReturnType<Compute>>> {
  type Input = Parameters<Compute>;
  type Result = Awaited<ReturnType<Compute>>;
  if (typeof compute !== 'function')
    throw optionError('memoize: what is kept are results of a function, the first argument');
  checkOptions('memoize', options, OPTIONS);
  const { name = compute.name, key, groups, ...rest } = options;
  const { seconds, staleSeconds = 0, staleIfErrorSeconds = 0, ...cacheOptions } = rest;
  if (!name) throw optionError('memoize: a function without a name needs one: pass `name`');
  // However long computing takes, nobody else computes the same meanwhile.
  const cache = new Cache({ ...cacheOptions, shared: true, patience: Infinity });
  const { now = Date.now } = cacheOptions;
  const windows = `stale-while-revalidate=${staleSeconds}, stale-if-error=${staleIfErrorSeconds}`;

  const urlOf = (input: Input): string => {
    const text = key ? spelled(key(...input), 'what `key` gives') : inputsOf(input);
    return `${ORIGIN}/${encodeURIComponent(name)}/${createHash('sha256').update(text).digest('hex')}`;
  };
  const failures = new Failures();
  const origin = (input: Input, began: number) => async (): Promise<Response> => {
    // Whoever has waited for a computation that failed does not begin another.
    const failed = failures.since(began, urlOf(input));
    if (failed) return failed;
    try {
      const start = now();
      const result = await compute(...input);
      // A result is as old as it took to compute it (RFC 9111, section 4.2.3), and is to be fresh for all of its time.
      const maxAge = seconds && seconds + Math.max(0, Math.floor((now() - start) / 1000));
      const names = groups?.(...input) ?? [];
      const headers = {
        'cache-control': `max-age=${maxAge}, ${windows}`,
        ...(names.length > 0 && { 'cache-groups': listed(names) }),
      };
      return new Response(result === undefined ? '[]' : JSON.stringify([result]), { headers });
    } catch (error) {
      return failures.asResponse(error, urlOf(input));
    }
  };

  const textFor = async (input: Input): Promise<string> => {
    const { response, failure } = await cache.exchange(new Request(urlOf(input)), origin(input, failures.count));
    if (failure) throw failure;
    if (response.status !== 200) throw failures.of(response);
    return response.text();
  };
  /** What is being computed, where a result is never fresh: HTTP has it computed anew for each who waits (RFC 9111, section 4). */
  const shared = new Map<string, Promise<string>>();
  const sharedTextFor = (input: Input, url: string): Promise<string> => {
    const before = shared.get(url);
    if (before) return before;
    const text = textFor(input).finally(() => shared.get(url) === text && shared.delete(url));
    shared.set(url, text);
    return text;
  };

  const memoized = async (...input: Input): Promise<Result> => {
    const text = await (seconds ? textFor(input) : sharedTextFor(input, urlOf(input)));
    return (JSON.parse(text) as [Result])[0];
  };
  return Object.assign(memoized, {
    invalidate: async (...input: Input) => {
      shared.delete(urlOf(input));
      await cache.invalidate({ keys: [urlOf(input)] });
    },
    invalidateGroups: async (...names: string[]) => {
      shared.clear();
      await cache.invalidate({ origin: ORIGIN, groups: names });
    },
    idle: () => cache.idle(),
  });
}

function inputsOf(input: unknown[]): string {
  const given = input.slice(0, input.findLastIndex((one) => one !== undefined) + 1);
  return given.map((one, index) => spelled(one, `argument ${index + 1}`)).join();
}

/** Groups as a list of strings (RFC 9651, section 3.3.3). */
function listed(names: string[]): string {
  const odd = names.find((name) => !/^[ -~]+$/.test(name));
  if (odd !== undefined) throw new TypeError(`memoize: a group has to be of ASCII characters: ${JSON.stringify(odd)}`);
  return names.map((name) => `"${escaped(name)}"`).join(', ');
}
