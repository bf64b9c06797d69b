// Finds the references of a built site with other parsers than ours (parse5, css-tree, es-module-lexer), so that
// the two can only be wrong in the same way by chance.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as cssTree from 'css-tree';
import { init, parse as parseModule } from 'es-module-lexer';
import { parse as parseHtml } from 'parse5';

await init;

/** Every file below a folder, relative to it. */
export function filesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
}

/**
 * Every reference of a site to a file of its own: `{from, url, path, exists}`, `path` relative to the site.
 * URLs of other origins, `data:` and the like are left out.
 */
export function referencesOf(site) {
  return filesOf(site).flatMap((from) => {
    const text = () => readFileSync(join(site, from), 'utf8');
    if (from.endsWith('.html'))
      return ofHtml(text())
        .map((url) => resolved(site, from, url))
        .filter(Boolean);
    if (from.endsWith('.css'))
      return ofCss(text())
        .map((url) => resolved(site, from, url))
        .filter(Boolean);
    if (/\.m?js$/.test(from))
      return ofModule(text())
        .map((url) => resolved(site, from, url))
        .filter(Boolean);
    return [];
  });
}

function resolved(site, from, url) {
  const absolute = new URL(url, new URL(encodeURI(from), 'https://site.invalid/'));
  if (absolute.host !== 'site.invalid' || url.startsWith('#') || url === '') return undefined;
  const path = decodeURIComponent(absolute.pathname).slice(1);
  return { from, url, path, exists: existsSync(join(site, path)) };
}

/** What a page loads; links that people follow are left out. */
function ofHtml(html) {
  const urls = [];
  const visit = (node) => {
    const attribute = (name) => node.attrs?.find((one) => one.name === name)?.value;
    const loads = {
      img: ['src'],
      script: ['src'],
      source: ['src'],
      video: ['src', 'poster'],
      audio: ['src'],
      use: ['href'],
      track: ['src'],
    };
    for (const name of loads[node.tagName] ?? []) urls.push(attribute(name));
    if (node.tagName === 'link' && /stylesheet|icon|preload/.test(attribute('rel') ?? '')) urls.push(attribute('href'));
    for (const candidate of (attribute('srcset') ?? '').split(/,\s+/)) urls.push(candidate.trim().split(/\s/)[0]);
    if (node.tagName === 'style') urls.push(...ofCss(node.childNodes[0]?.value ?? ''));
    if (node.tagName === 'script' && attribute('type') === 'module')
      urls.push(...ofModule(node.childNodes[0]?.value ?? ''));
    for (const child of [...(node.childNodes ?? []), ...(node.content?.childNodes ?? [])]) visit(child);
  };
  visit(parseHtml(html));
  return urls.filter(Boolean).map((url) => url.trim());
}

function ofCss(css) {
  const urls = [];
  cssTree.walk(cssTree.parse(css, { parseCustomProperty: true }), function (node) {
    if (node.type === 'Url') urls.push(node.value);
    if (node.type === 'Atrule' && node.name === 'import') {
      const first = node.prelude?.children?.first;
      if (first?.type === 'String') urls.push(first.value);
    }
  });
  return urls;
}

function ofModule(source) {
  let imports;
  try {
    [imports] = parseModule(source);
  } catch {
    return []; // Not a module.
  }
  return imports.map((one) => one.n).filter((name) => /^\.{0,2}\//.test(name ?? ''));
}

/** What `from` is called in `path`: with the fingerprint taken out of it. */
export const withoutFingerprint = (path) => path.replace(/\.kf\.[0-9a-f]{20}(?=\.[^./]*$|$)/, '');
