// The browser that the cases of a `describe` share, and what becomes of a case when that browser ends by itself.

import { after, before, it as test } from 'node:test';
import { launch } from './engines.mjs';
import { missesStates } from './lost-states.mjs';

/**
 * Opens a browser before the first case and closes it after the last one.
 *
 * A page cannot end a browser; where one does (WebKit's, once in some thousand deploys), nothing was tested, nor is where a page
 * waits for a state that its worker has long been in ({@link missesStates}; WebKit's, too). So a case whose browser is gone, or is wrong, says
 * so and is lived through once more, from its beginning, in a new browser. Any other failure is one.
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
    test(name, { ...options, timeout: 2 * timeout }, async (t) => {
      try {
        await live(t);
      } catch (error) {
        const fault = (await there.isGone()) ? 'ended by itself' : (await isWrong()) && 'lost the states of workers';
        if (!fault) throw error;
        console.log(`${engine} ${fault} in '${name}', which begins again. Then: ${error.message}`);
        await there.close();
        there = await launch(engine);
        await live(t);
      }
    });
  };

  // Where that cannot be asked, the failure is what it was.
  const isWrong = async () => engine === 'WebKit' && missesStates(there.driver).catch(() => false);

  const browser = {
    name: engine,
    get driver() {
      return there.driver;
    },
    devTools: (...args) => there.devTools(...args),
  };
  return { browser, it };
}
