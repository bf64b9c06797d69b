// What is found while it is being written, before anybody knows where its body will lie.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachingFetch, memoryStore } from '../../pkg/node.js';
import { bundled } from './bundled.mjs';

const URL_ = 'https://example.com/';
const TEXT = '0123456789';
const FIELDS = { 'cache-control': 'no-cache', etag: '"a"' };

/** An origin server with one file, of which it sends parts, and that has not changed. */
async function origin(request) {
  const { headers } = request;
  await sleep(5);
  if (headers.has('if-none-match')) return new Response(null, { status: 304, headers: FIELDS });
  if (!headers.has('range')) return new Response(TEXT, { headers: FIELDS });
  const part = { ...FIELDS, 'content-range': 'bytes 3-5/10' };
  return new Response(TEXT.slice(3, 6), { status: 206, headers: part });
}

/** A cache whose store keeps bodies one at a time, each when it is let; those of two requests wait. */
async function twoBeingKept(fetchOrigin, inits) {
  const memory = memoryStore();
  const waiting = [];
  let isOpen = false;
  const keep = async (...body) => {
    if (!isOpen) await new Promise((resolve) => waiting.push(resolve));
    return memory.keep(...body);
  };
  const fetch = cachingFetch({ fetch: fetchOrigin, store: { ...memory, keep } });
  const get = async (init) => (await fetch(URL_, init)).text();
  const both = [];
  for (const init of inits) {
    both.push(get(init));
    await sleep(1);
  }
  await Promise.all(both);
  const next = async () => {
    while (waiting.length === 0) await sleep(1);
    waiting.shift()();
    await sleep(20);
  };
  /** Lets all be kept from now on. */
  const open = () => {
    isOpen = true;
    for (const resolve of waiting.splice(0)) resolve();
  };
  const settle = () => (open(), fetch.idle());
  return { get, next, open, settle };
}

const aPartAndTheWhole = () => twoBeingKept(origin, [{ headers: { range: 'bytes=3-5' } }, {}]);

describe('a body that is found while it is being written', { timeout: 20_000 }, () => {
  it('is not taken for what is written before it, by who validates it', async () => {
    const { get, settle } = await aPartAndTheWhole();
    assert.equal(await get(), TEXT);
    await settle();
    for (let count = 0; count < 3; count++) {
      assert.equal(await get(), TEXT);
      await settle();
    }
  });

  it('is not taken for another variant, by who validates it: servers have one weak tag for several', async () => {
    const fields = { 'cache-control': 'no-cache', etag: 'W/"a"', vary: 'x' };
    const ofX = async ({ headers }) => {
      await sleep(5);
      const status = headers.has('if-none-match') ? 304 : 200;
      return new Response(status === 304 ? null : `for ${headers.get('x')}`, { status, headers: fields });
    };
    const [one, other] = ['1', '2'].map((x) => ({ headers: { x } }));
    const { get, settle } = await twoBeingKept(ofX, [one, other]);
    assert.equal(await get(other), 'for 2');
    await settle();
    for (const [init, text] of [
      [one, 'for 1'],
      [other, 'for 2'],
    ]) {
      assert.equal(await get(init), text);
      await settle();
    }
  });

  it('nor by who finds what that has come to', async () => {
    const { get, next, settle } = await aPartAndTheWhole();
    assert.equal(await get(), TEXT);
    await next();
    const [one, other] = [get(), get()];
    await sleep(30);
    assert.deepEqual(await Promise.all([one, other]), [TEXT, TEXT]);
    await settle();
    assert.equal(await get(), TEXT);
  });

  it('nor by who has waited for that', async () => {
    const slow = async (request) => {
      const response = await origin(request);
      if (response.status === 304) await sleep(200);
      return response;
    };
    const { get, settle, open } = await twoBeingKept(slow, [{ headers: { range: 'bytes=3-5' } }, {}]);
    const first = get();
    await sleep(20);
    open();
    await sleep(50);
    assert.deepEqual(await Promise.all([first, get()]), [TEXT, TEXT]);
    await settle();
    assert.equal(await get(), TEXT);
  });

  it('nor for what is stored, by who has waited for somebody that knew where that lies', async () => {
    const gates = [];
    const gate = () => new Promise((resolve) => gates.push(resolve));
    const slow = async (request) => {
      if (request.headers.has('range') || request.headers.has('if-none-match')) await gate();
      const answer = await origin(request);
      answer.headers.set('cache-control', answer.status === 304 ? 'max-age=60' : 'max-age=0');
      return answer;
    };
    const memory = memoryStore();
    let isShut = false;
    const keep = async (...body) => {
      if (isShut) await gate();
      return memory.keep(...body);
    };
    const fetch = cachingFetch({ fetch: slow, store: { ...memory, keep } });
    const get = async (init) => (await fetch(URL_, init)).text();
    const part = get({ headers: { range: 'bytes=3-5' } });
    assert.equal(await get(), TEXT);
    await sleep(20);
    const first = get();
    await sleep(20);
    isShut = true;
    // The part was meant to lie where the whole does by now.
    const [sendPart, sendRest] = gates.splice(0);
    sendPart();
    assert.equal(await part, '345');
    const second = get();
    await sleep(20);
    sendRest();
    isShut = false;
    const both = Promise.all([first, second]);
    while (gates.length > 0 || (await Promise.race([both, sleep(10)])) === undefined)
      for (const open of gates.splice(0)) open();
    assert.deepEqual(await both, [TEXT, TEXT]);
    await fetch.idle();
  });

  it('is not found any more when something has come in its place, where that is all there is', async () => {
    let count = 0;
    const changing = async () =>
      new Response(String(++count), { headers: { 'cache-control': 'max-age=60', etag: `"${count}"` } });
    const { get, settle } = await twoBeingKept(changing, [{}, { cache: 'no-cache' }]);
    assert.equal(await get(), '2');
    await settle();
    assert.equal(await get(), '2');
  });

  it('says nothing of others that have been written under the same URL since', async () => {
    let version = 1;
    let send;
    const ofX = async ({ headers }) => {
      const x = headers.get('x');
      if (x === 'late') await new Promise((resolve) => (send = resolve));
      const fields = { 'cache-control': 'max-age=60', vary: 'x', etag: `"${x}-${version}"` };
      return new Response(`for ${x}`, { headers: fields });
    };
    const memory = memoryStore();
    let pause = 0;
    const keep = async (...body) => {
      await sleep(pause);
      return memory.keep(...body);
    };
    const fetch = cachingFetch({ fetch: ofX, store: { ...memory, keep } });
    const get = async (x, init) => (await fetch(URL_, { ...init, headers: { x } })).text();
    await get('first');
    await fetch.idle();
    // It knows where the first one lies, which changes, and then something else lies there.
    const late = get('late', { credentials: 'omit' });
    await sleep(5);
    pause = 20;
    version = 2;
    await get('first', { cache: 'reload' });
    for (let x = 0; x < 10; x++) await get(`${x}`, { cache: 'reload' });
    send();
    await late;
    for (let count = 0; count < 40; count++) {
      await sleep(8);
      assert.equal(await get('first'), 'for first');
    }
    await fetch.idle();
  });

  it('says nothing of others that had been written by the time it came', async () => {
    let send;
    const ofX = async ({ headers }) => {
      const x = headers.get('x');
      if (x === 'late') await new Promise((resolve) => (send = resolve));
      return new Response(`for ${x}`, { headers: { 'cache-control': 'max-age=60', vary: 'x', etag: `"${x}"` } });
    };
    const memory = memoryStore();
    let pause = 0;
    const keep = async (...body) => {
      await sleep(pause);
      return memory.keep(...body);
    };
    const fetch = cachingFetch({ fetch: ofX, store: { ...memory, keep } });
    const get = async (x, init) => (await fetch(URL_, { ...init, headers: { x } })).text();
    await get('first');
    await fetch.idle();
    const late = get('late', { credentials: 'omit' });
    await sleep(5);
    for (let x = 0; x < 10; x++) {
      await get(`${x}`);
      await sleep(3);
    }
    pause = 200;
    send();
    await late;
    assert.equal(await get('first'), 'for first');
    await fetch.idle();
  });

  it('does not lie where another cache with the same store has put something since', async () => {
    const ofX = async ({ headers }) => {
      const x = headers.get('x');
      return new Response(`for ${x}`, { headers: { 'cache-control': 'max-age=60', vary: 'x', etag: `"${x}"` } });
    };
    const memory = memoryStore();
    const keep = async (...body) => {
      await memory.keep(...body);
      await sleep(50);
    };
    const store = { ...memory, keep };
    const [one, other, third] = [0, 1, 2].map(() => cachingFetch({ fetch: ofX, store }));
    // Both would have theirs in the first slot.
    await Promise.all([one(URL_, { headers: { x: '1' } }), other(URL_, { headers: { x: '2' } })]);
    for (let count = 0; count < 40; count++) {
      for (const x of ['1', '2']) {
        const found = await third(URL_, { headers: { x, 'cache-control': 'only-if-cached' } });
        if (found.status === 200) assert.equal(await found.text(), `for ${x}`);
      }
      await sleep(5);
    }
    await Promise.all([one.idle(), other.idle()]);
  });

  it('goes on being seen when something else comes to lie there, unless it speaks of that', async () => {
    const { Drafts } = await bundled('host/store');
    const response = '0 200 1 1\nhttps://example.com/\n\n\x1e';
    for (const [what, record, slot, isSeen] of [
      ['a removal', '', '', true],
      ['a removal, which leaves a mark behind', '0 1 0 0\n\n\n\x1e', '', true],
      ['one alone', response, '1', true],
      ['one beside another', response + response, '1', false],
      ['another, freshened', response, '', false],
    ]) {
      const [drafts, own] = [new Drafts(), {}];
      const written = new Promise(() => {});
      drafts.show(URL_, { record, slot, placed: own, body: undefined, isForgotten: () => false }, written);
      drafts.pass(URL_, own);
      assert.equal(drafts.find(URL_)?.record, record, what);
      drafts.pass(URL_, {});
      assert.equal(drafts.find(URL_)?.record, isSeen ? record : undefined, what);
    }
  });
});
