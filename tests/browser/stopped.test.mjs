// Workers that are really stopped, at any moment of what they do for pages: of what was promised nothing is lost, of what was forgotten
// nothing comes back, and nobody is given what is somebody else's. Only Chromium can be told to stop them.

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { describe } from 'node:test';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const route = (path, policy, more) => `
[[routes]]
path = "${path}"
policy = "${policy}"
${more}
`;
const TOML = [
  route('swr/*', 'stale-while-revalidate', 'tags = "data"\nmaxEntries = 3'),
  route('first/*', 'cache-first', 'tags = "data"\nmaxEntries = 3\nmaxAgeSeconds = 1'),
  route('http/*', 'http', 'tags = "data"'),
  route('own/*', 'stale-while-revalidate', 'partition = true'),
  route('send', 'network-only', 'method = "POST"\nqueue = "all"'),
].join('');
const PATHS = ['swr', 'first', 'http', 'own'].flatMap((folder) => [1, 2, 3, 4].map((name) => `/${folder}/${name}`));
const FIELDS = { swr: 'max-age=0', first: 'no-cache', http: 'max-age=1, stale-while-revalidate=1', own: 'max-age=1' };

/** How much a page does, and the seed of what that is. */
const STEPS = Number(process.env.KEEPFRESH_STEPS ?? 200);
const SEED = Number(process.env.KEEPFRESH_SEED ?? 1);

/** Numbers below `n`, the same ones for the same seed. */
const randomFrom = (seed) => (n) => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
};

for (const engine of chosenEngines().filter((name) => name === 'Chromium')) {
  describe(engine, { timeout: 600_000 }, () => {
    const { browser, it } = inBrowser(engine);

    it(`${STEPS} steps from seed ${SEED}`, { timeout: 300_000 }, async (t) => {
      const random = randomFrom(SEED);
      // Of its own: in which order the server is asked is for nobody to say.
      const late = randomFrom(SEED + 1);
      const pick = (all) => all[random(all.length)];
      const site = await makeSite({ edits: { 'keepfresh.toml': TOML } });
      t.after(() => site.close());
      /** What the server has now, what it was sent, and what it must not be heard of any more: by path. */
      const [numbers, sent, least] = [new Map(), new Map(), new Map()];
      let isDown = false;

      const answers = async (request, response) => {
        const { pathname: path } = new URL(request.url, 'http://x');
        if (path !== '/send' && !PATHS.includes(path)) return false;
        if (isDown) return void request.socket.destroy() ?? true;
        await pause(late(30));
        if (path === '/send') {
          sent.set(request.headers['idempotency-key'], await text(request));
          return void response.writeHead(200).end('sent') ?? true;
        }
        const [number, user] = [numbers.get(path) ?? 0, request.headers['x-user']];
        const head = { etag: `"${path} ${number} ${user}"`, 'cache-control': FIELDS[path.split('/')[1]] };
        if (request.headers['if-none-match'] === head.etag) return void response.writeHead(304, head).end() ?? true;
        const body = JSON.stringify({ path, number, user });
        response.writeHead(200, { ...head, 'content-length': body.length }).write(body.slice(0, 9));
        await pause(late(30));
        return void response.end(body.slice(9)) ?? true;
      };
      const server = await serve(site.dist, () => undefined, 'no-store', answers);
      t.after(() => server.close());
      const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
      t.after(() => tab.close());
      await tab.open();
      await tab.controlled();
      await browser.devTools('ServiceWorker.enable', {});
      const script = `/${site.built('js/window.js')}`;
      const call = (name, ...args) =>
        tab.run(`async (path, name, ...args) => (await import(path))[name](...args)`, script, name, ...args);

      let user = 'ada';
      await until('it to be noted', () => call('partition', user));
      const promised = [];
      let [stops, had] = [0, 0];
      const deeds = {
        ask: async () => {
          const path = pick(PATHS);
          const before = numbers.get(path) ?? 0;
          if (random(4) === 0) numbers.set(path, before + 1);
          const cache = pick(['default', 'default', 'no-cache', 'reload', 'no-store']);
          const { status, text } = await tab.run(fetched, path, { headers: { 'x-user': user }, cache });
          // A worker that is stopped takes along what it was asked for; so does a server that is down.
          if (status !== 200) return assert.ok(status === 0 || status === 504, `${path}: status ${status}`);
          had += 1;
          const said = JSON.parse(text);
          assert.equal(said.path, path);
          if (path.startsWith('/own')) assert.equal(said.user, user, path);
          assert.ok(said.number >= (least.get(path) ?? 0), `${path}: ${said.number} was forgotten`);
        },
        send: async (step) => {
          const { status } = await tab.run(fetched, '/send', { method: 'POST', body: `${step}` });
          if (status === 202) promised.push(`${step}`);
        },
        forget: async () => {
          const before = new Map(numbers);
          const isForgotten = Number.isInteger(await call('invalidate', { tag: 'data' }));
          for (const [path, number] of before) if (isForgotten && !path.startsWith('/own')) least.set(path, number);
        },
        change: async () => {
          const next = pick(['ada', 'bob', 'eve']);
          await until('it to be noted', () => call('partition', next));
          user = next;
        },
      };
      for (let step = 0; step < STEPS; step++) {
        const name = pick(['ask', 'ask', 'ask', 'ask', 'ask', 'ask', 'send', 'send', 'forget', 'change']);
        isDown = random(5) === 0;
        const stopping =
          random(3) === 0 && pause(random(40)).then(() => browser.devTools('ServiceWorker.stopAllWorkers', {}));
        stops += stopping ? 1 : 0;
        await deeds[name](step).catch((error) => assert.fail(`step ${step}, ${name}: ${error.message}`));
        await stopping;
      }
      isDown = false;
      await until('all to be sent', async () => (await call('sendQueued')) === 0);
      const came = [...sent.values()].filter((one) => promised.includes(one));
      assert.deepEqual(came, promised);
      t.diagnostic(`${stops} stops, ${had} answers, ${promised.length} requests that waited`);
      assert.ok(stops > STEPS / 5 && had > STEPS / 4 && promised.length > 0);
    });
  });
}

/** In the page: the status and the body of what it asks for; 0 if there is no answer. */
async function fetched(path, init) {
  try {
    const response = await fetch(path, init);
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0 };
  }
}
