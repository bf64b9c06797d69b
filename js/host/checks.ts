// What callers pass as options: a mistake is an error where it is made, and names the option.

import type { CacheError } from './error.js';

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number' && value >= 0;
const isFunction = (value: unknown) => typeof value === 'function';
const isUrl = (value: unknown) => URL.canParse(textOf(value));
const hasMethods = (...names: string[]) => {
  return (value: unknown) => names.every((name) => isFunction((value as Record<string, unknown> | null)?.[name]));
};
const isSharedStore = (value: unknown) =>
  hasMethods('read', 'write', 'invalidate')(value) && 'isShared' in (value as object);
const isPlainStore = (value: unknown) =>
  hasMethods('read', 'write', 'body', 'keep', 'keys')(value) && !('isShared' in (value as object));

type Is = (value: unknown) => boolean;
/** What an option may be, in words and as a test; of a list, that of each of its elements as well. */
const KINDS = {
  amount: ['a number from 0 on', isNumber],
  fields: [
    'a list of names of fields',
    Array.isArray,
    (value) => isText(value) && /^[!#-'*+.^-z|~\-\d]+$/i.test(textOf(value)),
  ],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  function: ['a function', isFunction],
  list: ['a list', Array.isArray],
  name: ['a text, and not empty', (value) => isText(value) && value !== ''],
  object: ['an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
  origin: [
    'an origin, as https://a.example is',
    (value) => /^https?:\/\/[^/?#@\\\s]+$/i.test(textOf(value)) && isUrl(value),
  ],
  positive: ['a number above 0', (value) => isNumber(value) && value !== 0],
  redis: ['a client of the package redis', hasMethods('withTypeMapping', 'eval', 'evalSha')],
  seconds: ['a whole number from 0 on', (value) => isNumber(value) && Number.isInteger(value)],
  shards: ['a whole number from 1 on', (value) => isNumber(value) && Number.isInteger(value) && value !== 0],
  sharedStore: ['a SharedStore', isSharedStore],
  store: ['a store', (value) => isPlainStore(value) || isSharedStore(value)],
  text: ['a text', isText],
  texts: ['a list of texts', Array.isArray, isText],
  url: ['a URL', isUrl],
  urls: ['a list of URLs', Array.isArray, isUrl],
} satisfies Record<string, [words: string, is: Is, each?: Is]>;

/** Names of options, and what each may be; behind `!` what it has to be, behind `?` what is for tests, and told to nobody. */
export type Kinds = Record<string, keyof typeof KINDS | `${'!' | '?'}${keyof typeof KINDS}`>;

/**
 * An option that nobody knows is passed over, for one object may be for several functions, unless it looks like one that is known.
 *
 * @param who is told of in the error.
 * @throws CacheError with code `options` for an option that is misspelt, that is missing, or that cannot be what it is.
 */
export function checkOptions(who: string, options: object, kinds: Kinds): void {
  if (!KINDS.object[1](options)) throw optionError(`${who}: options are an object, not ${shown(options)}`);
  const given = options as Record<string, unknown>;
  const told = Object.keys(kinds).filter((name) => !kinds[name]!.startsWith('?'));
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(kinds, name) && given[name] !== undefined);
  const wrong = unknown.find((name) => told.some((known) => isLike(name, known)));
  if (wrong) throw optionError(`${who}: there is no option ${wrong}, only ${told.join(', ')}`);
  for (const [name, kind] of Object.entries(kinds)) {
    const value = given[name];
    const [words, is, each]: [string, Is, Is?] = KINDS[kind.replace(/^\W/, '') as keyof typeof KINDS];
    if (value === undefined && !kind.startsWith('!')) continue;
    const fault = (what: string) => optionError(`${who}: ${name} cannot be ${what}: it is ${words}`);
    if (!is(value)) throw fault(shown(value));
    const list = each ? (value as unknown[]) : [];
    const at = list.findIndex((one) => !each!(one));
    if (at < 0) continue;
    throw fault(`[${at > 0 ? '…, ' : ''}${shown(list[at])}${at < list.length - 1 ? ', …' : ''}]`);
  }
}

/** As JavaScript's own functions refuse what they are called with. */
export function optionError(message: string): CacheError {
  return Object.assign(new TypeError(message), { name: 'KeepfreshError' as const, code: 'options' });
}

/** Whether a name has the letters of another, or others in one place alone. */
function isLike(name: string, known: string): boolean {
  const [a, b] = [name, known].map((text) => [...text.toLowerCase().replace(/[^a-z]/g, '')]) as [string[], string[]];
  if ([...a].sort().join() === [...b].sort().join()) return true;
  while (a.length > 0 && a[0] === b[0]) [a, b].forEach((letters) => letters.shift());
  while (a.length > 0 && a.at(-1) === b.at(-1)) [a, b].forEach((letters) => letters.pop());
  return a.length + b.length <= 2;
}

/** What a value is as a text; nothing for an object that cannot be one. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

/** How much of a value is shown, in characters. */
const MOST = 80;

/** What tells a value from others, in a few words, and without what stands before the `@` of a URL: that may be a password. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? 'a list' : '[]';
  if (isFunction(value)) return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = textOf(value).replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1…@');
  const cut = text.length > MOST ? `${text.slice(0, MOST)}…` : text;
  return isText(value) ? JSON.stringify(cut) : cut;
}
