// Path patterns mean what browsers' own URLPattern takes them to mean: the table that src/route/pattern.rs is tested with.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { openOrigin } from '../conformance/origin.mjs';
import { chosenEngines, launch } from './engines.mjs';
import { openTab } from './tab.mjs';

const lines = readFileSync(new URL('patterns.txt', import.meta.url), 'utf8').split('\n');
const CASES = lines.filter((line) => line && !line.startsWith('#')).map((line) => line.split(' '));

describe('path patterns mean what they mean in URLPattern', () => {
  for (const name of chosenEngines()) {
    it(name, { timeout: 180_000 }, async () => {
      const browser = await launch(name);
      const page = { type: 'text/html', body: '<!doctype html><title>patterns</title>' };
      const origin = await openOrigin({ files: { '/start.html': page } });
      try {
        const tab = await openTab(browser.driver, { url: (path) => `${origin.url}/${path}` });
        await tab.open('start.html');
        const answers = await tab.run(covered, CASES);
        assert.ok(answers, 'it has no URLPattern');
        const told = ([pattern, path], index) => `${pattern} ${path} ${answers[index]}`;
        assert.deepEqual(
          CASES.map(told),
          CASES.map((one) => one.join(' ')),
        );
      } finally {
        await origin.close();
        await browser.close();
      }
    });
  }
});

/** In the page: `yes` or `no` for each case. */
function covered(cases) {
  if (!globalThis.URLPattern) return undefined;
  const at = (path) => ({ pathname: path });
  return cases.map(([pattern, path]) => (new URLPattern(at(pattern)).test(at(path)) ? 'yes' : 'no'));
}
