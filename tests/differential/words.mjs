// What exchanges are made up of: words that servers and clients send, and spellings that a parser can trip over.

export const URL = 'https://example.com/a';

export const STATUSES = [203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 405, 410, 414, 500, 501, 503, 599];
export const LANGUAGES = ['en', 'de, en', 'en,de'];
export const ODD_SECONDS = [
  '',
  '',
  'soon',
  '-5',
  '+60',
  '1.5',
  '60s',
  '5, 600',
  '5, 60',
  '2147483649',
  '18446744073709551615',
  '9'.repeat(25),
];

/** Directives of responses, those with seconds apart: lifetimes are what most of this is about. */
export const TIMES = ['max-age', 's-maxage', 'stale-while-revalidate'].map((name) => (seconds) => `${name}=${seconds}`);
export const SAYS = [
  ...['immutable', 'max-age', 'must-revalidate', 'must-understand', 'no-cache', 'no-store', 'private', 'public'],
  ...['no-cache="set-cookie"', 'private="set-cookie"', 'private="a, max-age=9"', 'proxy-revalidate', 's-maxage'],
  ...[
    'x="a, max-age=3600"',
    'x="no-store, y"',
    'x="a, no-store',
    'no-store; x',
    'private=""',
    'no-cache=""',
    'no-store=x',
  ],
].map((text) => () => text);
export const ASKS = [
  ...[
    'max-age=0',
    'max-stale',
    'min-fresh=0',
    'no-cache',
    'no-store',
    'only-if-cached',
    'x="a, no-cache"',
    'no-cache="x"',
  ].map((text) => () => text),
  (seconds) => `min-fresh=${seconds}`,
];
export const SPELLINGS = [
  (member) => member.toUpperCase(),
  (member) => member.replace(/^./, (letter) => letter.toUpperCase()),
  (member) => member.replace('=', ' = '),
  (member) => member.replace(/=(\w+)$/, '="$1"'),
  (member) => `${member}, ${member}`,
  (member) => `${member}, ${member.replace(/\d+/, '7')}`,
];

export const imf = (at) => new Date(at).toUTCString();
const dashed = (at) =>
  imf(at).replace(/(\w+), (\d+) (\w+) \d\d(\d\d)/, (_, day, date, month, year) => {
    return `${LONG_DAYS.find((long) => long.startsWith(day))}, ${date}-${month}-${year}`;
  });
const asctime = (at) =>
  imf(at).replace(/(\w+), (\d+) (\w+) (\d+) (.*) GMT/, (_, day, date, month, year, time) => {
    return `${day} ${month} ${date.replace(/^0/, ' ')} ${time} ${year}`;
  });
const LONG_DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
export const ODD_DATES = [
  ...[dashed, asctime, () => 'never', () => '0', (at) => new Date(at).toISOString()],
  ...[
    (at) => imf(at).replace('GMT', '+0000'),
    (at) => imf(at).replace(/, 0?/, ', '),
    (at) => imf(at).replace(' GMT', ''),
  ],
];
