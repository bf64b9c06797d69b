// What the suite leaves open in field values until a response is made: dates are whole seconds from now, and locations
// are relative to the URL that was asked for. Both sides fill them in, the origin to send them and the judge to compare.

const DATES = new Set(['date', 'expires', 'if-modified-since', 'if-unmodified-since', 'last-modified']);
const LOCATIONS = new Set(['content-location', 'location']);

/**
 * The value of a field `[name, value]` of `request` (an entry of a test).
 *
 * @param now the origin's clock when it made the response that the value belongs to, in milliseconds.
 * @param path what that response was asked under.
 */
export function fieldValue([name, value], { now, path }, request) {
  const field = name.toLowerCase();
  if (DATES.has(field) && Number.isInteger(value)) {
    const date = new Date(now + value * 1000);
    return request.rfc850date?.includes(field) ? rfc850Date(date) : date.toUTCString();
  }
  if (LOCATIONS.has(field) && request.magic_locations) return value ? `${path}/${value}` : path;
  return value;
}

/** The obsolete form with a year of two digits, as in `Sunday, 06-Nov-94 08:49:37 GMT`. */
function rfc850Date(date) {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  const weekday = date.toLocaleDateString('en', { weekday: 'long', timeZone: 'UTC' });
  return `${weekday}, ${day}-${month}-${year.slice(-2)} ${time} GMT`;
}
