// Requests that change something, made while there is no network: they wait, and are sent in their order.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { inBrowser } from './cases.mjs';
import { chosenEngines } from './engines.mjs';
import { serve } from './moody.mjs';
import { makeSite } from './site.mjs';
import { openTab } from './tab.mjs';
import { until } from './until.mjs';

const ROUTES = `
[[routes]]
path = "api/*"
method = ["POST", "PUT", "DELETE"]
policy = "network-only"
queue = "api"

[[routes]]
path = "other/*"
method = "POST"
policy = "network-only"
queue = "other"

[[routes]]
path = "api/*"
policy = "http"

[[routes]]
path = "api/mine/*"
policy = "http"
partition = true
`;

for (const engine of chosenEngines()) {
  describe(engine, { timeout: 300_000 }, () => {
    const { browser, it } = inBrowser(engine);

    /** A site whose server has an API with moods, and a tab whose page is controlled and notes what it is told. */
    const visit = async (t) => {
      const site = await makeSite({ edits: { 'keepfresh.toml': ROUTES } });
      t.after(() => site.close());
      const state = { had: [], answer: () => 'break' };
      const answers = async (request, response) => {
        const { method, url, headers } = request;
        if (!/^\/(api|other)\//.test(url)) return false;
        const body = [];
        for await (const chunk of request) body.push(chunk);
        const what = `${method} ${url} ${Buffer.concat(body)}`;
        const had = { what, key: headers['idempotency-key'], headers, end: () => request.socket.destroy() };
        state.had.push(had);
        const answer = (had.answer = await state.answer(had));
        if (answer === 'break') return request.socket.destroy();
        if (answer === 'hang') return true;
        if (answer === 'endless') {
          response.writeHead(200).write('more to come'.repeat(5000));
          return true;
        }
        await state.hold;
        const [status, fields = {}] = [answer].flat();
        response
          .writeHead(status, { 'cache-control': 'max-age=600', ...fields })
          .end(method === 'GET' ? `${state.had.length}` : '');
        return true;
      };
      const server = await serve(site.dist, () => '', 'no-store', answers);
      t.after(() => server.close());
      const newTab = async () => {
        const tab = await openTab(browser.driver, { url: (path = '') => `${server.url}/${path}` });
        t.after(() => tab.close());
        await tab.open();
        await tab.controlled();
        return tab;
      };
      const tab = await newTab();
      await tab.run(async () => {
        const { onQueue } = await import(new URL('js/window.js', document.baseURI));
        document.documentElement.dataset.told = '';
        onQueue(({ event, queue, method, status }) => {
          document.documentElement.dataset.told += `${event} ${queue} ${method} ${status}\n`;
        });
      });
      const send = (method, path, body) => tab.fetch(path, { method, ...(body ? { body } : {}) });
      /** Sends a request that nobody waits for here: a browser does one thing after the other. */
      const begin = (path, body) =>
        tab.run(
          ([path, body]) => {
            const { dataset } = document.documentElement;
            const done = ({ status }) => (dataset.begun = status);
            fetch(path, { method: 'POST', body }).then(done, () => (dataset.begun = 'failed'));
          },
          [path, body],
        );
      const call = (name, ...given) =>
        tab.run(
          async ([name, given]) => (await import(new URL('js/window.js', document.baseURI)))[name](...given),
          [name, given],
        );
      const told = async () => (await tab.run(() => document.documentElement.dataset.told)).trim().split('\n');
      /** What the server has taken, in order. */
      const taken = (as = 200) => state.had.filter(({ answer }) => answer === as).map(({ what }) => what);
      return Object.assign(state, { begin, call, newTab, send, tab, taken, told });
    };

    it('what reaches the network is answered by it', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      state.answer = () => 201;
      assert.equal((await state.send('POST', 'api/a', 'one')).status, 201);
      state.answer = () => 422;
      assert.equal((await state.send('POST', 'api/a', 'two')).status, 422, 'a refusal is an answer');
      state.answer = () => 503;
      assert.equal(
        (await state.send('POST', 'api/a', 'three')).status,
        503,
        'and so is an error: the page knows of it',
      );
      assert.deepEqual(await state.call('queued'), []);
    });

    it('what does not waits, and is sent in its order', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { send, taken, told } = state;
      const answers = [
        await send('POST', 'api/a', 'one'),
        await send('PUT', 'api/b', 'two'),
        await send('DELETE', 'api/c'),
      ];
      assert.deepEqual(
        answers.map(({ status }) => status),
        [202, 202, 202],
      );
      assert.match(answers[0].cacheStatus, /queued/);
      assert.equal((await send('POST', 'other/d', 'x')).status, 202);
      const waiting = await state.call('queued');
      assert.deepEqual(
        waiting.map(({ queue, method, url }) => [queue, method, new URL(url).pathname]),
        [
          ['api', 'POST', '/api/a'],
          ['api', 'PUT', '/api/b'],
          ['api', 'DELETE', '/api/c'],
          ['other', 'POST', '/other/d'],
        ],
      );
      assert.ok(!state.had.some(({ what }) => what.includes('two')), 'nothing overtakes');

      // The network is back, and a request of the page finds out.
      state.answer = () => 200;
      await send('GET', 'api/list');
      await until('all to be sent', () => taken().length === 5);
      // Each queue has an order of its own.
      const ofApi = taken().filter((what) => / \/api\/[abc]/.test(what));
      assert.deepEqual(ofApi, ['POST /api/a one', 'PUT /api/b two', 'DELETE /api/c ']);
      assert.ok(taken().includes('POST /other/d x'));
      const keys = state.had.filter(({ what }) => what === 'POST /api/a one').map(({ key }) => key);
      assert.ok(keys.length >= 2 && keys[0] && new Set(keys).size === 1, 'the same key each time');
      await until('the page to be told', async () => (await told()).length === 8);
      assert.deepEqual(
        (await told()).filter((line) => line.startsWith('sent api')),
        ['sent api POST 200', 'sent api PUT 200', 'sent api DELETE 200'],
      );
    });

    it("a request that is somebody's own finds the network, too", { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { send, taken } = state;
      assert.equal((await send('POST', 'api/a', 'one')).status, 202);
      state.answer = () => 200;
      await send('GET', 'api/mine/x');
      await until('it to be sent', () => taken().includes('POST /api/a one'));
    });

    it('an error of the server is tried again, a refusal is told of', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, send, taken, told } = state;
      await send('POST', 'api/a', 'one');
      await send('POST', 'api/b', 'two');
      state.answer = () => [503, { 'retry-after': '1' }];
      assert.equal(await call('sendQueued'), 2);
      assert.equal(await call('sendQueued'), 2);
      assert.deepEqual(taken(), []);
      state.answer = ({ what }) => (what.includes('one') ? 409 : 200);
      assert.equal(await call('sendQueued'), 0);
      assert.deepEqual(taken(), ['POST /api/b two']);
      await until('the page to be told', async () => (await told()).length === 4);
      assert.deepEqual((await told()).slice(2), ['refused api POST 409', 'sent api POST 200']);
    });

    it('answers of which nobody reads the end keep nothing from being sent', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      for (let n = 0; n < 9; n++) await state.send('POST', 'api/a', `${n}`);
      state.answer = () => 'endless';
      assert.equal(await state.call('sendQueued'), 0);
      assert.equal(state.taken('endless').length, 9);
      state.answer = () => 200;
      assert.equal((await state.send('GET', 'other/x')).status, 200);
    });

    it('what its page has cancelled is not sent later', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, tab } = state;
      state.answer = () => 'hang';
      await tab.run(() => {
        const controller = new AbortController();
        const { dataset } = document.documentElement;
        const sent = fetch('api/a', { method: 'POST', body: 'one', signal: controller.signal });
        sent.catch(({ name }) => (dataset.cancelled = name));
        document.cancel = () => controller.abort();
      });
      await until('the server to be asked', () => state.had.length === 1);
      await tab.run(() => document.cancel());
      await tab.until('it to be cancelled', () => document.documentElement.dataset.cancelled === 'AbortError');
      assert.deepEqual(await call('queued'), []);
      assert.equal(await call('sendQueued'), 0);
      assert.equal(state.had.length, 1);
    });

    it('what its page has left behind is not cancelled', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, newTab } = state;
      state.answer = () => 'hang';
      for (const leave of [(tab) => tab.close(), (tab) => tab.reload()]) {
        const other = await newTab();
        const before = state.had.length;
        await other.run(() => void fetch('api/a', { method: 'POST', body: 'one' }).catch(() => {}));
        await until('the server to be asked', () => state.had.length > before);
        await leave(other);
        // Where the browser tells nobody, the connection ends by itself some time.
        await new Promise((resolve) => setTimeout(resolve, 500));
        state.answer = () => 'break';
        for (const { end } of state.had) end();
        await until('it to wait', async () => (await call('queued')).length === 1);
        state.answer = () => 200;
        assert.equal(await call('sendQueued'), 0);
        state.answer = () => 'hang';
      }
      assert.deepEqual(state.taken(), ['POST /api/a one', 'POST /api/a one']);
    });

    it('what came first is sent first, though it failed later', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { begin, call, send, taken } = state;
      let fail;
      const failing = new Promise((resolve) => (fail = () => resolve('break')));
      state.answer = (had) => (had.what.includes('one') ? failing : 'break');
      await begin('api/a', 'one');
      await until('the server to be asked', () => state.had.length === 1);
      assert.equal((await send('POST', 'api/b', 'two')).status, 202);
      const before = state.had.length;
      assert.equal(await call('sendQueued'), 1);
      assert.equal(state.had.length, before, 'it goes behind what is on its way');
      state.answer = () => 200;
      fail();
      await until('all to be sent', async () => (await call('sendQueued')) === 0);
      assert.deepEqual(taken(), ['POST /api/a one', 'POST /api/b two']);
    });

    it('what is discarded is not sent', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { begin, call, send, tab, taken, told } = state;
      for (const body of ['one', 'two', 'three']) assert.equal((await send('POST', 'api/a', body)).status, 202);
      const [, second] = await call('queued');
      assert.equal(await call('discardQueued', [{ id: second.id }]), 1);
      assert.equal((await call('queued')).length, 2);
      await until('the page to be told', async () => (await told()).length === 4);
      assert.equal((await told())[3], 'discarded api POST 0');

      // One that is being sent just then does not wait again, and one that is on its way does not begin to.
      let fail;
      const failing = new Promise((resolve) => (fail = () => resolve('break')));
      state.answer = () => failing;
      const before = state.had.length;
      await tab.run(async () => {
        const { sendQueued } = await import(new URL('js/window.js', document.baseURI));
        void sendQueued();
      });
      await begin('other/a', 'four');
      await until('the server to be asked', () => state.had.length === before + 2);
      assert.equal(await call('discardQueued'), 2);
      fail();
      await tab.until('it to fail', () => document.documentElement.dataset.begun === 'failed');
      assert.equal(await call('sendQueued'), 0);
      assert.deepEqual([await call('queued'), taken()], [[], []]);
    });

    it('a refusal of which nobody has heard is none', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { newTab, send, tab } = state;
      assert.equal((await send('POST', 'api/a', 'one')).status, 202);
      let go;
      state.hold = new Promise((resolve) => (go = resolve));
      state.answer = () => 401;
      const before = state.had.length;
      await tab.run(async () => {
        const { sendQueued } = await import(new URL('js/window.js', document.baseURI));
        void sendQueued();
      });
      await until('the server to be asked', () => state.had.length > before);
      await tab.close();
      // An engine takes a moment to tell workers that a page is gone.
      await pause(3000);
      go();
      // A page that comes has it sent again, and hears of what is refused then.
      state.answer = () => 503;
      const next = await newTab();
      const waiting = await next.run(async () => (await import(new URL('js/window.js', document.baseURI))).queued());
      assert.equal(waiting.length, 1);
      state.answer = () => 200;
      const left = await next.run(async () => (await import(new URL('js/window.js', document.baseURI))).sendQueued());
      assert.equal(left, 0);
      assert.deepEqual(state.taken(), ['POST /api/a one']);
    });

    it('what was sent late invalidates what is stored', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, send, tab } = state;
      state.answer = () => 200;
      const { text } = await send('GET', 'api/a');
      await tab.untilStored('api/a');
      state.answer = () => 'break';
      assert.equal((await send('POST', 'api/a', 'one')).status, 202);
      assert.equal((await send('GET', 'api/a')).text, text, 'nothing has changed yet');
      state.answer = () => 200;
      assert.equal(await call('sendQueued'), 0);
      await until('it to be asked for again', async () => (await send('GET', 'api/a')).text !== text);
    });

    it('a body comes as it was, and nothing is lost with the page', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, tab, taken } = state;
      await tab.run(async () => {
        const form = new FormData();
        form.set('name', 'ä€');
        await fetch('api/form', { method: 'POST', body: form });
        await fetch('api/json', { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } });
      });
      await tab.reload();
      state.answer = () => 200;
      await tab.controlled();
      assert.equal(await call('sendQueued'), 0);
      const [form, json] = state.had.filter(({ answer }) => answer === 200);
      assert.match(form.headers['content-type'], /^multipart\/form-data; boundary=/);
      assert.match(form.what, /name="name"\r\n\r\nä€\r\n/);
      assert.equal(json.headers['content-type'], 'application/json');
      assert.equal(taken()[1], 'POST /api/json {"a":1}');
    });

    it('the queue is made again if somebody has deleted it', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, send, tab, taken } = state;
      assert.equal((await send('POST', 'api/a', 'one')).status, 202);
      const names = await tab.run(async () => {
        const names = (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.includes('queue'));
        const done = (request) =>
          new Promise((resolve, reject) => Object.assign(request, { onsuccess: resolve, onerror: reject }));
        for (const name of names) await done(indexedDB.deleteDatabase(name));
        return names;
      });
      assert.equal(names.length, 1);
      assert.equal((await send('POST', 'api/a', 'two')).status, 202);
      state.answer = () => 200;
      assert.equal(await call('sendQueued'), 0);
      assert.deepEqual(taken(), ['POST /api/a two']);
    });

    it('what is too large to wait is sent whole, or fails', { timeout: 120_000 }, async (t) => {
      const state = await visit(t);
      const { call, tab } = state;
      const post = (bytes) =>
        tab.run(async (bytes) => {
          const body = new Uint8Array(bytes).fill(97);
          return fetch('api/large', { method: 'POST', body }).then(
            ({ status }) => status,
            () => 'failed',
          );
        }, bytes);
      const [most, more] = [8 * 1024 * 1024, 8 * 1024 * 1024 + 1];
      assert.deepEqual([await post(more), await post(most)], ['failed', 202]);
      state.answer = () => 200;
      assert.equal(await call('sendQueued'), 0);
      assert.equal(await post(2 * most), 200);
      const lengths = state.had.filter(({ answer }) => answer === 200).map(({ what }) => what.match(/a*$/)[0].length);
      assert.deepEqual(lengths, [most, 2 * most]);
    });
  });
}
