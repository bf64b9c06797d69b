// Tabs of browsers beside the instances: they are told that something has changed, and tell when they have seen what is new.

import { eventsTo } from './events.mjs';

/** How long a tab that says nothing is waited for, in milliseconds. */
const PATIENCE_MS = 5000;

/** @param read gives the version that is to be seen, through an instance that never sees an older one than it has written. */
export function tabsOf(app, read) {
  const watching = new Set();
  let waiting = [];
  const tabs = {
    /** How often a tab had to be answered, because the browser did not have it. */
    asked: 0,
    /** Tells all tabs of a version. Gives how many have seen it, and the milliseconds that it took all of them. */
    async tell(version) {
      const begun = performance.now();
      let seen = 0;
      const all = [...watching].map(
        (tab) =>
          new Promise((resolve) => {
            waiting.push({ id: tab.id, version, resolve: () => resolve((seen += 1)) });
            tab.tell({ version });
          }),
      );
      await Promise.race([Promise.all(all), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())]);
      waiting = waiting.filter((one) => one.version !== version);
      return { tabs: watching.size, seen, took: performance.now() - begun };
    },
  };
  app.get('/api/shared', async (_request, response) => {
    tabs.asked += 1;
    response.set({ 'cache-control': 'max-age=3600' }).json({ version: await read() });
  });
  app.get('/api/changes', (request, response) => {
    const tab = { id: String(request.query.tab), tell: eventsTo(response) };
    watching.add(tab);
    tab.tell({ hasBegun: true });
    response.on('close', () => watching.delete(tab));
  });
  app.post('/api/seen', (request, response) => {
    const { tab, version } = request.query;
    for (const one of waiting) if (one.id === tab && Number(version) >= one.version) one.resolve();
    response.json({});
  });
  return tabs;
}
