// An instance of the consistency test: a process with a cache, a store in Redis behind a connection that may be cut, and a clock of
// its own. What it is told to do comes by messages; so does what the database says.

import { createClient } from 'redis';
import { cachingFetch, redisStore } from '../../pkg/node.js';

const { port, memoryBytes, skew, timeoutMs, leadMs } = JSON.parse(process.argv[2]);

const waiting = new Map();
let asked = 0;
/** Asks the database. */
const query = (url) =>
  new Promise((resolve) => {
    waiting.set(++asked, resolve);
    process.send({ query: new URL(url).pathname.slice(1), number: asked });
  });

const url = `redis://127.0.0.1:${port}`;
const client = createClient({ url, socket: { reconnectStrategy: () => 20 }, disableOfflineQueue: true });
client.on('error', () => {});
await client.connect();
const store = redisStore({ client, memoryBytes, timeoutMs, leadMs, shards: 3, onWarning: () => {} });
await store.ready();
const fetch = cachingFetch({
  shared: true,
  store,
  now: () => Date.now() + skew,
  onWarning: (what) => (away += /could not be read|nobody knows/.test(what) ? 1 : 0),
  fetch: async (request) => {
    const { group, version } = await query(request.url);
    const headers = { 'cache-control': 'max-age=3600', 'cache-groups': `"${group}"` };
    return new Response(String(version), { headers });
  },
});

/** How often Redis was away when something was looked for. */
let away = 0;

const acts = {
  async read({ key }) {
    const before = away;
    const response = await fetch(`http://db.example/${key}`);
    return {
      version: Number(await response.text()),
      isHit: /hit/.test(response.headers.get('cache-status')),
      isAway: away > before,
    };
  },
  async invalidate({ keys, group }) {
    const what = group
      ? { origin: 'http://db.example', groups: [group] }
      : { keys: keys.map((key) => `http://db.example/${key}`) };
    return fetch.invalidate(what).then(
      () => ({ isDone: true }),
      () => ({ isDone: false }),
    );
  },
};

process.on('message', async (message) => {
  if (message.answer) return void waiting.get(message.answer)(message.rows);
  process.send({ done: message.number, ...(await acts[message.act](message)) });
});
process.send({ isReady: true });
