// Long bodies in files, and a folder that two processes have although they should not: what is served is what belongs together.

import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachingFetch, fileStore, memoryStore } from '../../pkg/node.js';

const URL_ = 'http://site.example/a';
const LENGTH = 5_000_000;
const LASTING = { 'cache-control': 'max-age=60' };

function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-files-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A cache in a folder, whose origin server counts, and the files that bodies are in. */
function longBodies(folder) {
  let count = 0;
  const warnings = [];
  const fetch = cachingFetch({
    store: fileStore({ folder }),
    fetch: async () => new Response(`${++count}`.padEnd(LENGTH, 'x'), { headers: LASTING }),
    onWarning: (what, error) => warnings.push(`${what}: ${error.message}`),
  });
  const get = async () => {
    const response = await fetch(URL_);
    const text = await response.text();
    await fetch.idle();
    assert.equal(text.length, LENGTH);
    return `${text.trim().replace(/x+$/, '')} ${/hit/.test(response.headers.get('cache-status')) ? 'hit' : 'miss'}`;
  };
  const body = () =>
    join(
      folder,
      readdirSync(folder).find((name) => /^[0-9a-f]{64}\.\d+$/.test(name)),
    );
  return { fetch, get, body, warnings };
}

test('who reads a long body has a piece of it in memory, and all of it whatever becomes of the file', async (t) => {
  const { fetch, get, body, warnings } = longBodies(folderFor(t));
  assert.equal(await get(), '1 miss');
  const reader = (await fetch(URL_)).body.getReader();
  let { value } = await reader.read();
  assert.ok(value.length < LENGTH / 10, `${value.length} bytes at once`);
  await fetch.invalidate({ keys: [URL_] });
  assert.equal(await get(), '2 miss');
  let length = 0;
  for (let done = false; !done; { done, value } = await reader.read()) length += value.length;
  assert.equal(length, LENGTH);
  // Who goes away, and who is cut short.
  await (await fetch(URL_)).body.cancel();
  const late = await fetch(URL_);
  truncateSync(body(), LENGTH / 2);
  await assert.rejects(late.text(), /cut short/);
  assert.equal(await get(), '3 miss');
  assert.deepEqual(warnings, []);
});

/** How many bytes of files are read in the course of something. */
async function bytesRead(folder, work) {
  const file = await open(folder);
  const handles = Object.getPrototypeOf(file);
  await file.close();
  const { read } = handles;
  let bytes = 0;
  handles.read = async function (...given) {
    const done = await read.apply(this, given);
    bytes += done.bytesRead;
    return done;
  };
  try {
    await work();
    return bytes;
  } finally {
    handles.read = read;
  }
}

for (const fields of [{}, { 'content-length': String(LENGTH) }])
  test(`of a long body no more is read than is asked for: ${JSON.stringify(fields)}`, async (t) => {
    const folder = folderFor(t);
    const text = Array.from({ length: LENGTH / 10 }, (_, n) => `${n}`.padStart(9) + ',').join('');
    const caching = () => {
      const answer = async () => new Response(text, { headers: { ...LASTING, ...fields } });
      const store = fileStore({ folder });
      const fetch = cachingFetch({ store, fetch: answer, onWarning: (...said) => assert.fail(said.join(': ')) });
      return { fetch, close: () => fetch.idle().then(store.close) };
    };
    const { fetch, close } = caching();
    await (await fetch(URL_)).text();
    await fetch.idle();
    const cases = {
      'bytes=4000000-4000019': [206, text.slice(4_000_000, 4_000_020)],
      'bytes=-20': [206, text.slice(-20)],
      'bytes=0-0': [206, text[0]],
      'bytes=4999990-9999999': [206, text.slice(-10)],
      'bytes=5000000-': [416, ''],
      'bytes=600000-1199999': [206, text.slice(600_000, 1_200_000)],
    };
    for (const [range, expected] of Object.entries(cases)) {
      const read = await bytesRead(folder, async () => {
        const response = await fetch(URL_, { headers: { range } });
        assert.deepEqual([response.status, await response.text()], expected, range);
        if (response.status === 206) assert.match(response.headers.get('cache-status'), /hit/, range);
      });
      assert.ok(read < 1000 + expected[1].length, `${range}: ${read} bytes`);
    }
    const several = await (await fetch(URL_, { headers: { range: 'bytes=0-9,4000000-4000009' } })).text();
    assert.ok(several.includes(text.slice(0, 10)) && several.includes(text.slice(4_000_000, 4_000_010)));
    const whole = await fetch(URL_);
    assert.equal(await whole.text(), text);
    const reader = (await fetch(URL_, { headers: { range: 'bytes=10-' } })).body.getReader();
    const { value } = await reader.read();
    assert.ok(value.length < LENGTH / 10, `${value.length} bytes at once`);
    await reader.cancel();
    await close();
    // Another process has to see once whether it is what was written.
    const later = caching();
    const ask = async () => (await later.fetch(URL_, { headers: { range: 'bytes=0-9' } })).text();
    assert.ok((await bytesRead(folder, ask)) > LENGTH);
    assert.ok((await bytesRead(folder, ask)) < 1000);
    await later.close();
  });

test('a long body that is damaged is none', async (t) => {
  const { get, body } = longBodies(folderFor(t));
  for (const damage of [
    (path) => writeFileSync(path, readFileSync(path).fill(0, LENGTH - 10)),
    (path) => truncateSync(path, 1000),
    (path) => truncateSync(path, 0),
    (path) => rmSync(path),
  ]) {
    const [count] = (await get()).split(' ');
    assert.equal(await get(), `${count} hit`);
    damage(body());
    assert.equal(await get(), `${Number(count) + 1} miss`, String(damage));
  }
});

test('what a client has given up is kept whole, or not at all', async (t) => {
  for (const store of [memoryStore(), fileStore({ folder: folderFor(t) })])
    for (const end of ['close', 'error']) {
      let body;
      const answer = () => new Response(new ReadableStream({ start: (it) => void (body = it) }), { headers: LASTING });
      const fetch = cachingFetch({ store, fetch: async () => answer(), onWarning: () => {} });
      const url = `${URL_}?${end}`;
      const reader = (await fetch(url)).body.getReader();
      body.enqueue(new Uint8Array(1000));
      await reader.read();
      // It settles when nobody reads any more.
      void reader.cancel();
      body.enqueue(new Uint8Array(1000));
      body[end](end === 'error' ? new Error('it breaks off') : undefined);
      await fetch.idle();
      const next = fetch(url);
      if (end === 'error') {
        const response = await next;
        assert.match(response.headers.get('cache-status'), /uri-miss/);
        void response.body.cancel();
        body.close();
        await fetch.idle();
      } else assert.equal((await (await next).arrayBuffer()).byteLength, 2000);
    }
});

test('two that have one folder serve no head with the body of another', async (t) => {
  const folder = folderFor(t);
  const other = `${folder}-other`;
  symlinkSync(folder, other);
  t.after(() => rmSync(other));
  let now = Date.now();
  const mixed = [];
  const open = (folder, name) => {
    let count = 0;
    const store = fileStore({ folder });
    // As another container sees it, whose processes have numbers of their own.
    rmSync(join(folder, 'lock'));
    const answer = async (request) => {
      const body = `${name} ${++count} ${request.headers.get('x-user')}`;
      const fields = { 'cache-control': 'max-age=2, stale-while-revalidate=2', vary: 'x-user', 'x-body': body };
      return new Response(body, { headers: fields });
    };
    const fetch = cachingFetch({ store, fetch: answer, now: () => now, onWarning: () => {} });
    return async (user) => {
      const response = await fetch(URL_, { headers: { 'x-user': user } });
      const [said, text] = [response.headers.get('x-body'), await response.text()];
      if (said !== text || !text.endsWith(user)) mixed.push(`${said}: ${text}`);
      await fetch.idle();
    };
  };
  const caches = [open(folder, 'one'), open(other, 'other')];
  for (let round = 0; round < 60; round++) {
    now += 700;
    await Promise.all(caches.flatMap((get) => ['a', 'b', 'c'].map((user) => get(user))));
  }
  assert.deepEqual(mixed, []);
});

const OPEN = '/proc/self/fd';

test('what was stored, and is not served after all, keeps no file open', { skip: !existsSync(OPEN) }, async (t) => {
  const folder = folderFor(t);
  let count = 0;
  const origin = async () => {
    const headers = { 'cache-control': 'max-age=0, stale-if-error=60', etag: `"${++count}"` };
    return new Response('x'.repeat(LENGTH), { headers });
  };
  const fetch = cachingFetch({ store: fileStore({ folder }), fetch: origin });
  const isOurs = (name) => {
    try {
      return readlinkSync(join(OPEN, name)).startsWith(folder);
    } catch {
      return false;
    }
  };
  // Each is validated, and replaced. Some would be closed as garbage, but not all in this time.
  for (let n = 0; n < 5; n++) {
    await (await fetch(URL_)).text();
    await fetch.idle();
  }
  assert.equal(count, 5);
  const end = Date.now() + 1000;
  while (Date.now() < end && readdirSync(OPEN).some(isOurs)) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual(readdirSync(OPEN).filter(isOurs), []);
});
