// What callers pass as options: a mistake is an error where it is made, and names the option.

import type { CacheError } from './error.js';

const isText = (value: unknown) => typeof value === 'string';
const isNumber = (value: unknown) => typeof value === 'number' && value >= 0;
const isFunction = (value: unknown) => typeof value === 'function';
const allOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is);
const hasMethods = (...names: string[]) => {
  return (value: unknown) => names.every((name) => isFunction((value as Record<string, unknown> | null)?.[name]));
};

/** What an option may be, in words and as a test. */
const KINDS = {
  amount: ['a number from 0 on', isNumber],
  fields: ['a list of names of fields', allOf((value) => isText(value) && /^[!#-'*+.^-z|~\-\d]+$/.test(String(value)))],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  function: ['a function', isFunction],
  list: ['a list', Array.isArray],
  name: ['a text, and not empty', (value) => isText(value) && value !== ''],
  object: ['an object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
  origin: [
    'an origin, as https://a.example is',
    (value) => /^https?:\/\/[^/?#@\\\s]+$/i.test(String(value)) && URL.canParse(String(value)),
  ],
  positive: ['a number above 0', (value) => isNumber(value) && value !== 0],
  redis: ['a client of the package redis', hasMethods('withTypeMapping', 'eval', 'evalSha', 'duplicate')],
  seconds: ['a whole number from 0 on', (value) => isNumber(value) && Number.isInteger(value)],
  shards: ['a whole number from 1 on', (value) => isNumber(value) && Number.isInteger(value) && value !== 0],
  store: ['a store', (value) => hasMethods('read', 'write')(value) && isStore(value as object)],
  text: ['a text', isText],
  texts: ['a list of texts', allOf(isText)],
  url: ['a URL', (value) => URL.canParse(String(value))],
  urls: ['a list of URLs', allOf((value) => URL.canParse(String(value)))],
} satisfies Record<string, [words: string, is: (value: unknown) => boolean]>;

/** A store of one process (`Store`), or of several (`SharedStore`). */
const isStore = (value: object) =>
  hasMethods(...('isShared' in value ? ['invalidate'] : ['body', 'keep', 'keys']))(value);

/** Names of options, and what each may be; behind `!` what it has to be, behind `?` what is for tests, and told to nobody. */
export type Kinds = Record<string, keyof typeof KINDS | `${'!' | '?'}${keyof typeof KINDS}`>;

/**
 * @param who is told of in the error.
 * @throws CacheError with code `options` for an option that there is not, that is missing, or that cannot be what it is.
 */
export function checkOptions(who: string, options: object, kinds: Kinds): void {
  if (!KINDS.object[1](options)) throw optionError(`${who}: options are an object, not ${shown(options)}`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(kinds, name));
  const told = Object.keys(kinds).filter((name) => !kinds[name]!.startsWith('?'));
  if (unknown) throw optionError(`${who}: there is no option ${unknown}, only ${told.join(', ')}`);
  for (const [name, kind] of Object.entries(kinds)) {
    const value = (options as Record<string, unknown>)[name];
    const [words, is] = KINDS[kind.replace(/^\W/, '') as keyof typeof KINDS];
    if (value === undefined && !kind.startsWith('!')) continue;
    if (!is(value)) throw optionError(`${who}: ${name} cannot be ${shown(value)}: it is ${words}`);
  }
}

/** As JavaScript's own functions refuse what they are called with. */
export function optionError(message: string): CacheError {
  return Object.assign(new TypeError(message), { name: 'KeepfreshError' as const, code: 'options' });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : 'an object';
}
