// Real trees that nobody here wrote, each page opened before the build and after it. Nothing may differ but
// fingerprints: no request fails, nothing is complained of, the document and the picture are the same.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { countPixels, differences } from './compare.mjs';
import { beforeAndAfter, deploy, obtain } from './deployed.mjs';
import { TREES } from './trees.mjs';
import { openChromium, visit } from './visit.mjs';

let browser;
before(async () => (browser = await openChromium()));
after(() => browser?.close());

describe('trees', { concurrency: 3, timeout: 900_000 }, () => {
  for (const tree of TREES) describe(`${tree.name} (${tree.kind})`, { concurrency: 1 }, () => check(tree));
});

function check(tree) {
  const loaded = [];
  let had;
  let site;

  before(async () => {
    had = await obtain(tree);
    if (had.src) site = await deploy(tree, had.src);
  });
  after(() => site?.close());

  for (const page of tree.pages) {
    const faults =
      tree.faults?.filter(({ kinds, pages }) => (pages ? pages.includes(page) : !kinds.includes('bundled'))) ?? [];
    const known = faults.map(({ why }) => `; known: ${why}`).join('');
    it(`${page} is the same${known}`, async (t) => {
      if (!site) return t.skip(had.reason);
      const expected = faults.flatMap(({ kinds }) => kinds);
      const { found, after } = await beforeAndAfter(
        site,
        () => visit(browser, site.url(page)),
        (...visits) =>
          differences(...visits, {
            immutable: site.isImmutable,
            allowed: tree.plain,
            differingPixels: (...pictures) => countPixels(browser, ...pictures),
          }),
        expected,
      );
      loaded.push(...after.loaded.filter(({ type }) => type !== 'document'));
      for (const kind of expected) assert.ok(found[kind], `mended (${kind}); take it out of the table`);
      const unexpected = Object.entries(found).filter(([kind]) => !expected.includes(kind));
      assert.deepEqual(Object.fromEntries(unexpected), {});
    });
  }

  it('what its pages load can be cached for ever', (t) => {
    if (!site) return t.skip(had.reason);
    const plain = loaded.filter(({ url }) => !site.isImmutable(url));
    const percent = loaded.length ? Math.floor(100 - (100 * plain.length) / loaded.length) : 100;
    t.diagnostic(`${tree.name}: ${percent} % of ${loaded.length} requests`);
    assert.ok(percent >= tree.floor, `${percent} %; not: ${plain.map(({ url }) => url).join(' ')}`);
  });

  const isKnown = tree.faults?.find(({ kinds }) => kinds.includes('bundled'));
  it(`only what a bundler made keeps its name${isKnown ? `; known: ${isKnown.why}` : ''}`, (t) => {
    if (!site) return t.skip(had.reason);
    const wrong = site.bundled.filter((path) => !tree.bundled?.test(path));
    if (isKnown) assert.notDeepEqual(wrong, [], 'mended; take it out of the table');
    else assert.deepEqual(wrong, []);
  });
}
