// `npm run systems`: the systems that the cache is for outside of browsers, to try by hand on www/systems.html. Real Redis, a real
// database, a real model; the site is served by the same server. What follows `--` is the port: `npm run systems -- 9000`.

import autocannon from 'autocannon';
import express from 'express';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { memoize, redisStore, serverCache } from '../../pkg/node.js';
import { missing, startRedis } from '../../tests/node/redis-server.mjs';
import { startAssets } from './assets.mjs';
import { train } from './digits.mjs';
import { eventsTo } from './events.mjs';
import { invalidateAndWatch, startInstances } from './instances.mjs';
import { openPrices } from './prices.mjs';
import { HOTELS, listenerOf, openRooms } from './rooms.mjs';
import { sessions } from './sessions.mjs';
import { tabsOf } from './tabs.mjs';
import { visits } from './visits.mjs';

const SECONDS = 5;
const CONNECTIONS = 40;

/** Starts everything; gives the server's address, and how to end it. */
export async function startSystems({ port = 0, site = 'dist', say = () => {} } = {}) {
  if (missing) throw new Error(missing);
  const redis = await startRedis();
  const app = express();
  const stores = [];
  const ends = [];

  say('training the model');
  const { predict, unseen } = train();
  let computed = 0;
  const instance = async () => {
    const store = redisStore({ client: await redis.client() });
    stores.push(store);
    await store.ready();
    const compute = async ({ image }) => (computed++, predict(image));
    return memoize(compute, { name: 'predict', seconds: 3600, store });
  };
  const models = [await instance(), await instance()];
  app.post('/api/predict/:number', async (request, response) => {
    const { image, digit } = unseen[Number(request.params.number) % unseen.length] ?? unseen[0];
    const [before, begun] = [computed, performance.now()];
    const result = await models[computed % 2]({ image });
    const took = performance.now() - begun;
    response.json({ image, digit, predicted: result.digit, took, wasComputed: computed > before });
  });
  app.post('/api/together', async (_request, response) => {
    const { image } = unseen[0];
    await models[0].invalidate({ image });
    const [before, begun] = [computed, performance.now()];
    await Promise.all(Array.from({ length: 100 }, (_, n) => models[n % 2]({ image })));
    response.json({ computed: computed - before, took: performance.now() - begun });
  });

  say('filling the database');
  const rooms = await openRooms();
  ends.push(() => rooms.close());
  const listener = listenerOf(rooms);
  app.get('/api/booking', async (request, response) => {
    const tellPage = eventsTo(response);
    const cache = serverCache();
    const server = createServer('cached' in request.query ? cache.listener(listener) : listener);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const requests = Array.from({ length: HOTELS }, (_, hotel) => ({ path: `/free?hotel=${hotel}` }));
    const begun = performance.now();
    const before = rooms.count;
    const seen = { answers: 0, sum: 0, slice: { answers: 0, sum: 0 } };
    const load = autocannon({
      url: `http://127.0.0.1:${server.address().port}`,
      connections: CONNECTIONS,
      duration: SECONDS,
      maxOverallRequests: 100_000,
      requests,
    });
    load.on('response', (_client, _status, _bytes, took) => {
      for (const sum of [seen, seen.slice]) {
        sum.answers++;
        sum.sum += took;
      }
    });
    const tell = () => {
      const { answers, sum } = seen.slice;
      seen.slice = { answers: 0, sum: 0 };
      const point = { at: (performance.now() - begun) / 1000, mean: answers ? sum / answers : null };
      tellPage({ ...point, answers: seen.answers, queries: rooms.count - before });
    };
    const timer = setInterval(tell, 250);
    await load;
    clearInterval(timer);
    const mean = seen.sum / seen.answers;
    tellPage({ isOver: true, mean, answers: seen.answers, queries: rooms.count - before });
    server.closeAllConnections();
    server.close();
  });

  const prices = await openPrices(redis, rooms);
  ends.push(() => prices.close());
  app.post('/api/prices', async (_request, response) => response.json(await prices.write()));
  app.post('/api/sessions', async (_request, response) => response.json(await sessions()));

  say('starting three processes');
  const instances = await startInstances(redis.port);
  ends.push(() => instances.close());
  const tabs = tabsOf(app, async () => (await instances.all[0].act({ act: 'read', key: 'key0' })).version);
  app.post('/api/instances', async (_request, response) => {
    const before = instances.state.asked;
    const reads = Array.from({ length: 300 }, (_, n) => instances.all[n % 3].act({ act: 'read', key: 'key0' }));
    await Promise.all(reads);
    const lag = await invalidateAndWatch(instances, 'key0');
    const askedByTabs = tabs.asked;
    const told = await tabs.tell(instances.state.version);
    const asked = instances.state.asked - before;
    response.json({ lag, asked, reads: 300, ...told, askedByTabs: tabs.asked - askedByTabs });
  });

  // Its servers take a few seconds to start: when somebody wants them.
  let assets;
  ends.push(async () => (await assets)?.close());
  app.post('/api/assets/:act', async (request, response) => {
    // Who fails to start may do so the next time.
    assets ??= startAssets().catch((error) => {
      assets = undefined;
      throw error;
    });
    const { act } = await assets;
    response.json(await act(request.params.act));
  });
  app.get('/api/visits', async (_request, response) => {
    const tellPage = eventsTo(response);
    await visits(tellPage).then(
      () => tellPage({ isOver: true }),
      ({ message }) => tellPage({ isOver: true, failure: message }),
    );
  });

  app.use('/api', (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    response.status(500).json({ error: error.message });
  });
  app.use(express.static(site, { extensions: ['html'] }));
  const server = createServer(app);
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      for (const store of stores) await store.close();
      for (const end of ends) await end();
      await redis.close();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const systems = await startSystems({ port: Number(process.argv[2] ?? 4180), say: (what) => console.error(what) });
  console.log(`${systems.url}/systems.html`);
  process.on('SIGINT', () => systems.close().then(() => process.exit(0)));
}
