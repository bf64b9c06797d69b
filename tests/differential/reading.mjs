// Changing exchanges: the reading of fields that the classes of difference are written with. It is a third one,
// apart from both that are compared, and reads only what the generator draws.

import { CAME } from './generate.mjs';

/** The exchange with a field set, or dropped; nothing if that changes nothing. */
export function withField(exchange, section, name, value) {
  const { [name]: old, ...rest } = exchange[section];
  if (old === value) return undefined;
  return { ...exchange, [section]: value === undefined ? rest : { ...exchange[section], [name]: value } };
}

/** The members of a list: commas in quoted strings are not between them. */
export const members = (value = '') =>
  (value.match(/(?:[^",]|"(?:\\.|[^"\\])*"?)+/g) ?? []).map((member) => member.trim()).filter((member) => member);

/** A directive's name, its argument if it has one, and whether that is quoted. */
export function directive(member) {
  const [, name, argument] = /^([^=]*?)\s*(?:=\s*(.*))?$/s.exec(member);
  const inner = /^"(.*)"$/s.exec(argument ?? '');
  return { member, name, argument: inner ? inner[1] : argument, isQuoted: inner !== null };
}

/** The directives of a section, with names as they are written. */
export const directives = (exchange, section) => members(exchange[section]['cache-control']).map(directive);

/** Whether a section has one of these directives. */
export const has = (exchange, section, ...names) =>
  directives(exchange, section).some(({ name }) => names.includes(name));

/** What a response says of seconds; nothing if it does not. */
export function secondsOf(exchange, section, wanted) {
  const { argument } = directives(exchange, section).find(({ name }) => name === wanted) ?? {};
  return argument === undefined ? undefined : Number(argument);
}

/**
 * The exchange with each directive of a section rewritten: `rewrite` takes one and all of them, and returns text, or
 * nothing to drop it. Nothing if that changes nothing.
 */
export function rewritten(exchange, section, rewrite) {
  const value = exchange[section]['cache-control'];
  if (value === undefined) return undefined;
  const all = directives(exchange, section);
  const news = all.map((one, i) => rewrite(one, i, all));
  if (news.every((text, i) => text === all[i].member)) return undefined;
  return withField(
    exchange,
    section,
    'cache-control',
    news.filter((text) => text !== undefined).join(', ') || undefined,
  );
}

/** The exchange with what two repairs do, one after the other; nothing if neither does anything. */
export const both =
  (...repairs) =>
  (exchange) =>
    repairs.reduce((result, repair) => repair(result ?? exchange) ?? result, undefined);

/** A repair that takes directives out of a section. */
export const dropped =
  (section, ...names) =>
  (exchange) =>
    rewritten(exchange, section, ({ member, name }) => (names.includes(name) ? undefined : member));

/** A repair that rewrites the argument of one directive of the presented request. */
export const changed = (wanted, change) => (exchange) =>
  rewritten(exchange, 'presented', ({ member, name, argument }) =>
    name === wanted && /^\d+$/.test(argument) ? (change(Number(argument)) ?? member) : member,
  );

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';
const FORMS = [
  new RegExp(`^\\w{3}, (?<day>\\d\\d) (?<month>\\w{3}) (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^\\w+day, (?<day>\\d\\d)-(?<month>\\w{3})-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^\\w{3} (?<month>\\w{3}) (?<day>[\\d ]\\d) ${TIME} (?<year>\\d{4})$`),
];

/** A date in one of the three forms, in milliseconds; nothing if it is in none. Years of two digits are of this century. */
export function dateOf(text = '') {
  const found = FORMS.map((form) => form.exec(text)).find((match) => match);
  if (!found) return undefined;
  const { day, month, year, hour, minute, second } = found.groups;
  const fullYear = year.length === 2 ? 2000 + Number(year) : Number(year);
  return Date.UTC(fullYear, MONTHS.indexOf(month), Number(day), Number(hour), Number(minute), Number(second));
}

/** When the origin server made the response. */
export const dated = ({ response }) => dateOf(response.date) ?? CAME;

/** The `Age` that came with it. */
export const ageOf = ({ response: { age = '' } }) => {
  const [first = ''] = members(age);
  return /^\d+$/.test(first) ? Math.min(Number(first), 2 ** 31) : 0;
};

/** A date as it is sent. */
export const imf = (at) => new Date(at).toUTCString();
