// The browser that the cases of a `describe` share, and what becomes of a case when that browser ends by itself.

import { after, before, it as test } from 'node:test';
import { launch } from './engines.mjs';
import { expectNoLoss, whatIsLost } from './lost.mjs';

/** How often a case begins at the most. */
const TRIES = 3;

/**
 * Opens a browser before the first case and closes it after the last one.
 *
 * A page cannot end a browser; where one does (WebKit's, once in some thousand deploys), nothing was tested, nor is where one has
 * lost what it was to keep ({@link whatIsLost}; WebKit's, too). So a case whose browser is gone, or has lost something, says so
 * and is lived through once more, from its beginning, in a new browser. Any other failure is one.
 *
 * @returns `browser`, as {@link launch} gives it; and `it`, for cases that are functions of the test's context.
 */
export function inBrowser(engine) {
  let there;
  before(async () => (there = await launch(engine)));
  after(() => there?.close());

  const it = (name, ...rest) => {
    const live = rest.pop();
    const [{ timeout = Infinity, ...options } = {}] = rest;
    const tryOut = async (t, triesLeft) => {
      expectNoLoss(there.driver);
      try {
        await live(t);
      } catch (error) {
        const fault = (await there.isGone()) ? 'ended by itself' : await loss();
        if (!fault || triesLeft === 0) throw error;
        console.log(`${engine} ${fault} in '${name}', which begins again. Then: ${error.message}`);
        await there.close();
        there = await launch(engine);
        await tryOut(t, triesLeft - 1);
      }
    };
    test(name, { ...options, timeout: TRIES * timeout }, (t) => tryOut(t, TRIES - 1));
  };

  // Where that cannot be asked, the failure is what it was.
  const loss = async () => {
    const lost = engine === 'WebKit' && (await whatIsLost(there.driver).catch(() => undefined));
    return lost && `lost ${lost}`;
  };

  const browser = {
    name: engine,
    get driver() {
      return there.driver;
    },
    devTools: (...args) => there.devTools(...args),
  };
  return { browser, it };
}
