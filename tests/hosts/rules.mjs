// The hosts that nobody can run: what they do with our rules, by what they document and what they have published.
// Each takes a built site and returns `ask(url)`, as a server does: `{status, headers}`, every line by its name.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { library } from './install.mjs';

/** What Cloudflare, Netlify and Vercel say where no rule does: it asks as well. */
export const DEFAULT = 'public, max-age=0, must-revalidate';

/** Whether a URL leads to a file: itself, a folder's page, or a page without its extension. */
function isThere({ out, base }, url) {
  const path = join(out, decodeURIComponent(url.slice(base.length)));
  return [path, join(path, 'index.html'), `${path}.html`].some((path) => existsSync(path) && statSync(path).isFile());
}

/** Rules count for whatever the path says, also where no file is: none of these hosts looks there first. */
function answer(site, url, headers) {
  return { status: isThere(site, url) ? 200 : 404, headers };
}

/**
 * Vercel: the last of the rules that match wins. `source` is read as `@vercel/routing-utils` reads it, and matched
 * with the path as it was sent. Rules count for a 404 as well (sveltejs/kit#16071, remotion-dev/remotion#10105).
 */
export function vercel(site) {
  const { pathToRegexp } = library('path-to-regexp');
  const { headers: rules } = JSON.parse(readFileSync(join(site.out, 'vercel.json'), 'utf8'));
  const read = rules.map(({ source, headers }) => {
    if (source.length > 4096) throw new Error(`Vercel takes 4,096 characters of a source, not ${source.length}`);
    return { matcher: pathToRegexp(source, [], { strict: true, sensitive: true, delimiter: '/' }), headers };
  });
  if (rules.length > 2048) throw new Error(`Vercel takes 2,048 rules, not ${rules.length}`);
  return (url) => {
    const said = { 'cache-control': [DEFAULT] };
    for (const { matcher, headers } of read) {
      if (matcher.test(url)) for (const { key, value } of headers) said[key.toLowerCase()] = [value];
    }
    return answer(site, url, said);
  };
}

/**
 * Firebase: the last of the rules that match wins (firebase-tools#9467). Globs get a slash in front and are matched
 * with the path as it was sent, as `superstatic` does; a `regex` is not anchored.
 */
export function firebase(site) {
  const minimatch = library('minimatch');
  const { hosting } = JSON.parse(readFileSync(join(site.out, '.keepfresh/firebase.json'), 'utf8'));
  const matches = ({ source, regex }, url) =>
    source === undefined ? new RegExp(regex, 'u').test(url) : minimatch(url, source.replace(/^\/?/, '/'));
  return (url) => {
    const said = { 'cache-control': ['max-age=3600'] };
    for (const rule of hosting.headers.filter((rule) => matches(rule, url))) {
      for (const { key, value } of rule.headers) said[key.toLowerCase()] = [value];
    }
    return answer(site, url, said);
  };
}

/** The rules of a `_headers` file: `{path, fields}`, where a field without a value takes its name away. */
export function headersFile({ out }) {
  const rules = [];
  for (const [number, text] of readFileSync(join(out, '_headers'), 'utf8').split('\n').entries()) {
    const line = text.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.length > 2000) throw new Error(`Cloudflare ignores line ${number + 1}: it has ${line.length} characters`);
    if (line.startsWith('/')) rules.push({ path: line, fields: [] });
    else if (line.startsWith('!')) rules.at(-1).fields.push([line.slice(1).trim().toLowerCase()]);
    else rules.at(-1).fields.push([/^[^:]*/.exec(line)[0].toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  }
  return rules;
}

const escape = (text) => text.replace(/[-/\\^$*+?.()|[\]{}]/g, '\\$&');

/** Cloudflare: `*` is anything, once in a path; a colon and a letter begin a placeholder, up to the next slash. */
export function cloudflare(site) {
  const rules = headersFile(site);
  if (rules.length > 100) throw new Error(`Cloudflare takes 100 rules, not ${rules.length}`);
  return joined(site, rules, (path) => {
    if (path.split('*').length > 2) throw new Error(`Cloudflare takes one * in a path: ${path}`);
    const splat = path.split('*').map(escape).join('.*');
    return new RegExp(`^${splat.replace(/:[A-Za-z]\w*/g, '[^/]+')}$`);
  });
}

/** Netlify, by `netlify-headers-parser`: a placeholder is a whole segment, and a segment `*` may be missing. */
export function netlify(site) {
  return joined(site, headersFile(site), (path) => {
    const part = (text) => {
      if (text.startsWith(':')) return '([^/]+)';
      if (text === '*') return '?(.*)';
      return text.includes('*')
        ? text.replaceAll('*', '(.*)')
        : escape(text).replaceAll('\\-', '-').replaceAll('\\/', '/');
    };
    return new RegExp(`^/${path.split('/').filter(Boolean).map(part).join('/')}/?$`, 'iu');
  });
}

/** Every rule that matches counts: the first value takes the place of the host's own, further ones are joined. */
function joined(site, rules, regexp) {
  const read = rules.map(({ path, fields }) => ({ matcher: regexp(path), fields }));
  return (url) => {
    const said = {};
    for (const [name, value] of read.filter(({ matcher }) => matcher.test(url)).flatMap(({ fields }) => fields)) {
      if (value === undefined) delete said[name];
      else said[name] = [...(said[name] ?? []), value];
    }
    const headers = Object.fromEntries(Object.entries(said).map(([name, values]) => [name, [values.join(', ')]]));
    return answer(site, url, { 'cache-control': [DEFAULT], ...headers });
  };
}
