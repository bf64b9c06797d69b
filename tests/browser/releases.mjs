// What stories of one release after another have in common.

import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';

/** Both parameters are what `inBrowser` gives. */
export function releases(browser, it) {
  /** A story happens at a site of its own, behind a server that has its moods. */
  const story = (name, { answers, cacheControl, edits = {}, mood = () => undefined, ...options }, steps) =>
    it(name, { timeout: 180_000, ...options }, async (t) => {
      const site = await makeSite({ edits });
      t.after(() => site.close());
      const server = await serve(site.dist, mood, cacheControl, answers);
      t.after(() => server.close());
      const newTab = async () => {
        const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
        t.after(() => tab.close());
        return tab;
      };
      const tab = await newTab();
      await tab.open();
      await tab.controlled();
      let number = 1;
      const deploy = async () => {
        const next = `version-${++number}`;
        const said = (text, path) => (path.endsWith('.toml') ? text : text.replaceAll(/version-\d+/g, next));
        await site.deploy(said, { atOnce: true });
      };
      await steps({ deploy, newTab, server, site, tab });
    });

  /** In the page: the functions of `keepfresh/window`, called by name. */
  const call = (tab, site, name, ...args) =>
    tab.run(
      `async (path, name, ...args) => void (await (await import(path))[name](...args))`,
      `/${site.built('js/window.js')}`,
      name,
      ...args,
    );

  /** In the page: writes down what becomes of versions. */
  const watch = (tab, site) =>
    tab.run(
      `async (path) => {
      const { watchVersions } = await import(path);
      document.seen = [];
      watchVersions((report) => document.seen.push(report));
    }`,
      `/${site.built('js/window.js')}`,
    );
  const seen = (tab) => tab.run(() => document.seen);

  const look = (tab) =>
    tab.run(async () => void (await (await navigator.serviceWorker.ready).update().catch(() => {})));
  const isReady = async () => (await navigator.serviceWorker.ready).waiting?.state === 'installed';
  const isOver = async () => {
    const { active, installing, waiting } = await navigator.serviceWorker.ready;
    return !installing && !waiting && active.state === 'activated';
  };
  const apply = (tab, reload = false) =>
    tab.run(
      async (reload) =>
        (await navigator.serviceWorker.ready).waiting.postMessage({ type: 'keepfresh:activate', reload }),
      reload,
    );
  const update = async (tab) => {
    await look(tab);
    await tab.until('the new version to be ready', isReady);
    await apply(tab);
    await tab.until('the new version to be in charge', isOver);
  };

  return { apply, call, isOver, isReady, look, seen, story, update, watch };
}
