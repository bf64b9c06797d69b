// The offline page's list: says of each page whether it is on this device.

import { tag } from './words.js';

/** Puts a tag on every link of the list that Cache Storage has an answer for. */
export async function mark() {
  if (!('caches' in globalThis)) return;
  const links = document.querySelectorAll('[data-kept] a');
  const paths = await keptPaths();
  for (const link of links) {
    const path = new URL(link.href).pathname;
    // One page has several addresses: a folder's may be written with or without its index.html.
    const isKept = paths.has(path) || paths.has(path.replace(/index\.html$/, '')) || paths.has(`${path}index.html`);
    const made = tag(isKept ? 'cache' : 'network');
    made.textContent = isKept ? 'on this device' : 'needs the network';
    link.parentElement.append(made);
  }
}

async function keptPaths() {
  const paths = new Set();
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) paths.add(new URL(request.url).pathname);
  }
  return paths;
}
