// What a function was called with, as one text: the same for inputs that are the same, another for any other.

/**
 * Writes a value in one spelling: objects in the order of their names. Beside what JSON holds, there are dates, big integers,
 * bytes, sets and maps.
 *
 * @param at how to get at it, for the error.
 * @throws TypeError for what has no text that says all of it: functions, symbols, objects of other classes, and circles.
 */
export function spelled(value: unknown, at: string, within: unknown[] = []): string {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'undefined':
      return 'undefined';
    case 'object':
      break;
    default:
      throw cannot(at, `a ${typeof value}`);
  }
  if (value === null) return 'null';
  if (within.includes(value)) throw cannot(at, 'a circle');
  const inside = [...within, value];
  const all = (values: Iterable<unknown>) => [...values].map((one, index) => spelled(one, `${at}[${index}]`, inside));
  if (Array.isArray(value)) return `[${all(value)}]`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (value instanceof Set) return `set {${all(value).sort()}}`;
  if (value instanceof Map) return `map {${all(value).sort()}}`;
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  const parent: unknown = Object.getPrototypeOf(value);
  if (parent !== null && parent !== Object.prototype) {
    throw cannot(at, `of the class ${(value.constructor as { name?: string } | undefined)?.name ?? 'of nobody'}`);
  }
  const members = Object.entries(value)
    // What is not defined is not there, as in JSON.
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => `${JSON.stringify(name)}:${spelled(one, `${at}.${name}`, inside)}`);
  return `{${members}}`;
}

function cannot(at: string, what: string): TypeError {
  return new TypeError(`memoize: ${at} is ${what}, which makes no key: pass \`key\` to say what an input is known by`);
}
