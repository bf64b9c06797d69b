// A page before the build and after it: what differs, in words.

/** A picture may differ in this many pixels: edges are not always drawn alike. */
const PIXELS = 20;

const plain = (text) => text.replace(/\.kf\.[0-9a-f]{8,64}/g, '');

/**
 * Compares two visits of a page (`visit.mjs`), fingerprints aside.
 *
 * @param immutable whether a URL may be cached for ever, as the manifest of the build says
 * @param allowed a pattern of what may load under its own name although no script asked for it
 * @param differingPixels how many pixels of two pictures differ
 * @returns an object with an entry for each kind of difference that there is
 */
export async function differences(before, after, { immutable, allowed, differingPixels }) {
  const found = {
    failures: added(before.failures, after.failures),
    faults: added(before.faults.map(withoutPlaces), after.faults.map(withoutPlaces)),
    missing: added(urlsOf(after), urlsOf(before)),
    extra: added(urlsOf(before), urlsOf(after)),
    twice: underTwoNames(urlsOf(after)),
    named: after.loaded
      .filter(({ url, type, byMarkup }) => byMarkup && ASSETS.includes(type) && !immutable(url) && !allowed?.test(url))
      .map(({ url }) => url),
    document: documentsDiffer(plain(before.html), plain(after.html)),
    picture: before.picture.equals(after.picture) ? 0 : await differingPixels(before.picture, after.picture),
  };
  if (found.picture <= PIXELS) found.picture = [];
  return Object.fromEntries(Object.entries(found).filter(([, what]) => what.length !== 0));
}

/** What markup and style sheets load; pages in frames keep their names. */
const ASSETS = ['stylesheet', 'script', 'font', 'image', 'media'];

const urlsOf = ({ loaded }) => [...new Set(loaded.map(({ url }) => url))];

function added(before, after) {
  const known = new Set(before.map(plain));
  return [...new Set(after.map(plain))].filter((one) => !known.has(one));
}

/** Complaints name lines and columns, and columns move where a fingerprint stands before them; so do stacks. */
const withoutPlaces = (text) => text.split('\n')[0].replace(/:\d+:\d+/g, '');

function underTwoNames(urls) {
  const names = urls.map(plain);
  return names.filter((name, index) => names.indexOf(name) !== index);
}

function documentsDiffer(before, after) {
  if (before === after) return [];
  let at = 0;
  while (before[at] === after[at]) at += 1;
  const around = (text) => text.slice(Math.max(0, at - 60), at + 120);
  return [`before: …${around(before)}…`, `after: …${around(after)}…`];
}

/** How many pixels of two PNGs of one size differ, as a browser counts them. */
export async function countPixels(browser, before, after) {
  const page = await browser.newPage();
  try {
    return await page.evaluate(
      countInPage,
      [before, after].map((png) => png.toString('base64')),
    );
  } finally {
    await page.close();
  }
}

async function countInPage(pictures) {
  const [one, other] = await Promise.all(
    pictures.map(async (base64) => {
      const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
      canvas.drawImage(bitmap, 0, 0);
      return canvas.getImageData(0, 0, bitmap.width, bitmap.height).data;
    }),
  );
  if (one.length !== other.length) return one.length / 4;
  const pixels = new Set();
  // WebKit does not always smooth edges alike; nobody sees that.
  one.forEach((value, index) => Math.abs(value - other[index]) > 8 && pixels.add(index >> 2));
  return pixels.size;
}
