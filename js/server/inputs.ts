// What a function was called with, as one text: the same for inputs that are the same, another for any other.

import { Buffer } from 'node:buffer';

/** Why a value has no text, and how to get at what is to blame. */
class NoText {
  path = '';
  constructor(readonly what: string) {}
}

/**
 * Writes a value in one spelling: objects in the order of their names. Beside what JSON holds, there are dates, big integers,
 * bytes, sets and maps.
 *
 * @param at what it is called in an error.
 * @throws TypeError for what has no text that says all of it: functions, symbols, objects of other classes, circles, arrays with
 * holes or properties.
 */
export function spelled(value: unknown, at: string): string {
  try {
    return written(value, []);
  } catch (error) {
    if (!(error instanceof NoText)) throw error;
    const where = `${at}${error.path} is ${error.what}`;
    throw new TypeError(`memoize: ${where}, which makes no key: pass \`key\` to say what an input is known by`);
  }
}

/** How many numbers are a long list. */
const LONG = 32;

function written(value: unknown, within: unknown[]): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return String(value); // Zero has one sign there.
    case 'bigint':
      return `${value}n`;
    case 'undefined':
      return 'undefined';
    case 'object':
      return value === null ? 'null' : objectWritten(value, within);
    default:
      throw new NoText(`a ${typeof value}`);
  }
}

/** The classes beside those of arrays and plain objects whose objects have a text: these, and bytes. */
const KINDS: unknown[] = [Date, Map, Set].map(({ prototype }) => prototype);

function objectWritten(value: object, within: unknown[]): string {
  if (within.includes(value)) throw new NoText('a circle');
  const inside = [...within, value];
  const parent: unknown = Object.getPrototypeOf(value);
  const symbol = Object.getOwnPropertySymbols(value)[0];
  if (symbol) throw new NoText(`an object with a ${String(symbol)}`);
  if (Array.isArray(value) || KINDS.includes(parent)) {
    const names = Object.keys(value);
    const count = Array.isArray(value) ? value.length : 0;
    // Names of items come first.
    if (names.length !== count || (count && names.at(-1) !== String(count - 1)))
      throw new NoText(`of the class ${value.constructor.name}, with holes or properties`);
    if (value instanceof Date) return `date ${value.getTime()}`;
    if (count >= LONG && (value as unknown[]).every((one) => typeof one === 'number'))
      return numbers(value as number[]);
    const items = Array.from(value as Iterable<unknown>, (one, index) => part(one, inside, index));
    return Array.isArray(value) ? `[${items}]` : `${value.constructor.name} {${items.sort()}}`;
  }
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  if (parent !== null && parent !== Object.prototype) {
    throw new NoText(`of the class ${(value.constructor as { name?: string } | undefined)?.name ?? 'of nobody'}`);
  }
  const members = Object.entries(value)
    // What is not defined is not there, as in JSON.
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => `${JSON.stringify(name)}:${part(one, inside, name)}`);
  return `{${members}}`;
}

/** A long list of numbers, as inputs of models are: its bytes say the same as its digits, in a tenth of the time. */
function numbers(values: number[]): string {
  const all = new Float64Array(values);
  // Zero has one sign here, too.
  for (let place = 0; place < all.length; place++) if (all[place] === 0) all[place] = 0;
  return `${all.length} numbers ${Buffer.from(all.buffer).toString('base64')}`;
}

/** What is inside of something, under a name or a number. */
function part(value: unknown, within: unknown[], name: string | number): string {
  if (typeof value === 'number') return String(value);
  try {
    return written(value, within);
  } catch (error) {
    if (error instanceof NoText) error.path = (typeof name === 'number' ? `[${name}]` : `.${name}`) + error.path;
    throw error;
  }
}
