// Numbers and names as people read them. Shared by the panel and the demonstrations.

/** What a source is called on its tag. */
export const SOURCES = {
  cache: 'cache',
  memory: 'memory',
  network: 'network',
  'static-route': 'static route',
};

/** `9.4 kB`. */
export function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 999_500) return `${(count / 1000).toFixed(count < 9950 ? 1 : 0)} kB`;
  return `${(count / 1e6).toFixed(1)} MB`;
}

/** `42 s`, `7 min`, `3 h`, `12 d`; nothing where the age is not known. */
export function age(seconds) {
  if (seconds === undefined || Number.isNaN(seconds)) return '';
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** `0 ms`, `0.8 ms`, `14 ms`, `1.2 s`. */
export function duration(milliseconds) {
  if (milliseconds < 0.05) return '0 ms';
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** The last two segments of a path, with its fingerprint cut to four digits: `css/site.kf.9f2c….css`. */
export function shortPath(url) {
  const { pathname, origin } = new URL(url);
  if (origin !== location.origin) return new URL(url).host + pathname;
  const segments = pathname.split('/').filter(Boolean);
  if (pathname.endsWith('/')) segments.push('');
  const short = segments.slice(-2).join('/') || '/';
  return decodeURI(short).replace(/(\.kf\.[0-9a-f]{4})[0-9a-f]{16}/, '$1…');
}

/** An element with a class and a text. */
export function element(name, className, text = '') {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** The coloured tag of a source. */
export function tag(source) {
  const made = element('span', 'tag', SOURCES[source] ?? source);
  made.dataset.source = source;
  return made;
}
