// What is wrong with a version that is stored.

/** In the page: what is not stored as the list of a version says; `mayLack` tells what need not be there (yet). */
export async function damages(version, mayLack = '') {
  const names = await caches.keys();
  const pages = await caches.open(names.find((name) => name.endsWith(`:pages:${version}`)));
  const assets = await caches.open(names.find((name) => name.endsWith(':assets')));
  const list = await (await pages.match('/keepfresh-precache-list'))?.text();
  if (!list) return ['there is no list'];
  const faults = [];
  for (const line of list.trimEnd().split('\n')) {
    const [url, bytes, rest, marks = ''] = line.split('\t');
    const print = /\.kf\.([0-9a-f]+)/.exec(url)?.[1];
    const response = await (print ? assets : pages).match(new URL(url, location.origin).href, { ignoreVary: true });
    if (!response && mayLack && marks) continue;
    const body = await response?.arrayBuffer();
    const digest = body && new Uint8Array(await crypto.subtle.digest('SHA-256', body));
    const hex = digest && [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const expected = rest.length === 64 ? rest : print + rest;
    if (hex !== expected || body.byteLength !== Number(bytes)) faults.push(`${url}: ${body?.byteLength} bytes`);
  }
  return faults;
}
