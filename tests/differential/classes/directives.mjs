// Differences in how directives are told apart.

import * as read from '../reading.mjs';

const ALL = ['storable', 'ttl', 'reuse'];
const isDigits = (argument) => /^\d+$/.test(argument ?? '');

/** A repair of the text of a directive. */
const text = (change) =>
  read.both(
    ...['request', 'response', 'presented'].map((section) => (exchange) => read.rewritten(exchange, section, change)),
  );

/** A directive that comes twice, once: the strictest of it. */
const single = ({ member, name }, i, all) => {
  const same = all.filter((other) => other.name === name);
  if (same.length === 1) return member;
  const isSpan = same.some(({ argument }) => isDigits(argument));
  const numbers = same.map(({ argument }) => (isDigits(argument) ? Number(argument) : 0));
  const best = name === 'min-fresh' ? Math.max(...numbers) : Math.min(...numbers);
  if (all.findIndex((other) => other.name === name) !== i) return undefined;
  if (isSpan) return `${name}=${best}`;
  return (same.find(({ isQuoted }) => !isQuoted) ?? same[0]).member;
};

const hasTwice = (exchange) => {
  const names = read.directives(exchange, 'response').map(({ name }) => name);
  return new Set(names).size < names.length;
};

export const directives = [
  {
    id: 'letter-case',
    what: 'a directive in capital letters: `No-Store`',
    ours: 'counts',
    theirs: 'is not known',
    clause: 'RFC 9111, 5.2: directives are compared without case',
    right: 'ours',
    asks: ALL,
    side: 'either',
    repair: text(({ member, name }) => member.replace(name, name.toLowerCase())),
  },
  {
    id: 'quoted-comma',
    what: 'a comma in a quoted string: `x="a, max-age=3600"`',
    ours: 'belongs to the string',
    theirs: 'ends the directive',
    clause: 'RFC 9110, 5.6.4: quoted-string; RFC 9111, 5.2',
    right: 'ours',
    asks: ALL,
    side: 'either',
    repair: text(({ member }) => member.replace(/"(?:\\.|[^"\\])*"/g, (quoted) => quoted.replace(/,\s*/g, '-'))),
  },
  {
    id: 'unclosed-quote',
    what: 'a quoted string that never ends: `x="a, no-store`',
    ours: 'hides no restriction, and gives no lifetime',
    theirs: 'ends at the comma',
    clause: 'RFC 9111, 4.2.1: treat invalid freshness information as stale',
    right: 'both: no valid field',
    asks: ALL,
    side: 'either',
    repair: text(({ member, isQuoted }) => (isQuoted ? member : member.replaceAll('"', ''))),
  },
  {
    id: 'semicolon',
    what: 'a semicolon where a comma should be: `no-store; x`',
    ours: 'hides no restriction',
    theirs: 'is part of a name that means nothing',
    clause: 'none: it is no valid field; meant it is all the same (RFC 9111, 7.1)',
    right: 'both: no valid field',
    asks: ALL,
    side: 'less',
    repair: text(({ member }) => (member.includes(';') ? undefined : member)),
  },
  {
    id: 'conflict-as-must-revalidate',
    what: 'a request with `Authorization`, a response with a directive twice',
    ours: 'not stored by a shared cache',
    theirs: 'stored: the conflict counts as `must-revalidate`, which permits it',
    clause: 'RFC 9111, 3.5',
    right: 'ours',
    by: 'crate',
    asks: ['storable'],
    side: 'less',
    repair: (exchange) =>
      exchange.shared && hasTwice(exchange)
        ? read.withField(exchange, 'request', 'authorization', undefined)
        : undefined,
  },
  {
    id: 'repeated-directive',
    what: 'a directive twice, with different arguments',
    ours: 'the smallest counts, and the larger `min-fresh`',
    theirs: 'npm: the last; crate: the first, and `must-revalidate` besides',
    clause: 'RFC 9111, 4.2.1: the first, or stale',
    right: 'ours is never longer than the first; npm may be',
    asks: ALL,
    side: 'either',
    repair: text(single),
  },
  {
    id: 'empty-argument',
    what: '`private=""`, `no-cache=""`',
    ours: 'without the argument',
    theirs: 'means nothing',
    clause: 'RFC 9111, 5.2.2.4 and 5.2.2.7: a restriction that names no field',
    right: 'ours',
    by: 'npm',
    asks: ALL,
    side: 'less',
    repair: (exchange) =>
      read.rewritten(exchange, 'response', ({ member, name, argument }) =>
        ['no-cache', 'private'].includes(name) && argument === '' ? name : member,
      ),
  },
];
