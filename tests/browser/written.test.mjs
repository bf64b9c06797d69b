// What follows from an answer to what a queue has sent is written before the worker may be stopped: a browser may do so when no
// event is under way.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { behind } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { releases } from './releases.mjs';

/** A script in front of the worker's: it takes its time to delete, and notes what ends when no event is under way any more. */
const slow = `{
  let [events, late] = [0, 0];
  const wait = ExtendableEvent.prototype.waitUntil;
  ExtendableEvent.prototype.waitUntil = function (given) {
    events++;
    const end = () => void setTimeout(() => events--, 50);
    Promise.resolve(given).then(end, end);
    return wait.call(this, given);
  };
  const remove = Cache.prototype.delete;
  Cache.prototype.delete = async function (...args) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (events === 0) late++;
    return remove.apply(this, args);
  };
  self.addEventListener('message', ({ data, ports }) => data === 'late?' && ports[0].postMessage(late));
}
`;

const ROUTES = `
[[routes]]
path = "api/*"
policy = "http"

[[routes]]
path = "api/*"
method = "POST"
policy = "network-only"
queue = "api"
`;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);
    const { call, story } = releases(browser, it);

    let answers = 0;
    let isDown = false;
    const api = (request, response) => {
      if (!request.url.startsWith('/api/')) return false;
      if (isDown) return request.socket.destroy();
      response.writeHead(200, { 'cache-control': 'max-age=600' }).end(`${++answers}`);
      return true;
    };

    for (const [what, steps] of [
      ['is sent at once', async ({ post }) => assert.equal(await post(), 200)],
      [
        'is sent when a page says so',
        async ({ post, site, tab }) => {
          isDown = true;
          assert.equal(await post(), 202);
          isDown = false;
          await call(tab, site, 'sendQueued');
        },
      ],
      [
        'is sent behind another answer',
        async ({ post, tab }) => {
          isDown = true;
          assert.equal(await post(), 202);
          isDown = false;
          await tab.fetch('api/other');
        },
      ],
    ]) {
      const edits = { 'keepfresh.toml': ROUTES };
      story(`what changes something and ${what}`, { answers: api, edits, mood: behind(slow) }, async (all) => {
        const { tab } = all;
        const { text } = await tab.fetch('api/a');
        await tab.untilStored('api/a');
        const post = async () => (await tab.fetch('api/a', { method: 'POST', body: 'one' })).status;
        await steps({ ...all, post });
        await pause(2000);
        assert.equal(await tab.run(late), 0);
        assert.notEqual((await tab.fetch('api/a')).text, text);
      });
    }
  });
}

/** In the page: how much the worker has removed when it might have been stopped. */
async function late() {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  active.postMessage('late?', [port2]);
  return new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
}
