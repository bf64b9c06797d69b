// Responses in files: what is there after the process has ended, however it ended.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cachingFetch, fileStore, memoryStore } from '../../pkg/node.js';

const LASTING = { 'cache-control': 'max-age=60', etag: '"1"' };

function story(name, tell) {
  test(name, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'keepfresh-files-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    let count = 0;
    const open = ({ length = 0, ...options } = {}) => {
      const store = fileStore({ folder, ...options });
      const warnings = [];
      const fetch = cachingFetch({
        store,
        fetch: async ({ url }) => new Response(`${++count} ${url}`.padEnd(length), { headers: LASTING }),
        onWarning: (what, error) => warnings.push(`${what}: ${error.message}`),
      });
      const get = async (path) => {
        const response = await fetch(`http://site.example/${path}`);
        const text = await response.text();
        await fetch.idle();
        return { text: text.trim(), isHit: /hit/.test(response.headers.get('cache-status')) };
      };
      return { close: () => store.close(), fetch, get, warnings };
    };
    await tell({ folder, open });
  });
}

story('what was kept is there after the process has ended', async ({ open }) => {
  const first = open();
  await first.get('a');
  await first.get('b');
  await first.fetch.invalidate({ keys: ['http://site.example/b'] });
  first.close();
  const second = open();
  assert.deepEqual(await second.get('a'), { text: '1 http://site.example/a', isHit: true });
  assert.deepEqual(await second.get('b'), { text: '3 http://site.example/b', isHit: false });
});

story('files that are damaged while they are used are none', async ({ folder, open }) => {
  const { get, warnings } = open();
  for (const damage of [
    (path, bytes) =>
      writeFileSync(
        path,
        bytes.map((byte, at) => (at > 40 ? byte ^ 1 : byte)),
      ),
    (path) => truncateSync(path, 0),
    (path) => rmSync(path),
  ]) {
    const { text } = await get('a');
    assert.deepEqual(await get('a'), { text, isHit: true });
    const body = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.\d+$/.test(name));
    damage(join(folder, body), readFileSync(join(folder, body)));
    assert.deepEqual(await get('a'), { text: `${Number(text.split(' ')[0]) + 1} http://site.example/a`, isHit: false });
  }
  assert.deepEqual(warnings, []);
});

story('what else lies in the folder keeps nothing from being kept', async ({ folder, open }) => {
  symlinkSync(join(folder, 'nowhere'), join(folder, '0123.record'));
  const { get } = open();
  const { text } = await get('a');
  assert.deepEqual(await get('a'), { text, isHit: true });
});

story('a folder that somebody removes meanwhile is made again', async ({ folder, open }) => {
  const { get, warnings } = open();
  await get('a');
  rmSync(folder, { recursive: true });
  assert.equal((await get('a')).isHit, false);
  assert.equal((await get('a')).isHit, true);
  assert.deepEqual(warnings, []);
});

story('who lets go of a folder twice takes it from nobody', async ({ open }) => {
  const first = open();
  first.close();
  open();
  first.close();
  assert.throws(() => open(), /belongs to process/);
});

story('one process has a folder to itself, until it ends', async ({ folder, open }) => {
  const first = open();
  assert.throws(() => open(), /belongs to process \d+: give each process a folder of its own, or use redisStore/);
  first.close();
  open().close();
  // Somebody who has been killed.
  const script = fileURLToPath(new URL('file-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  assert.throws(() => open(), new RegExp(`belongs to process ${child.pid}`));
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  open().close();
});

story('of those who begin in the same moment, one has the folder', async ({ folder, open }) => {
  const script = fileURLToPath(new URL('file-process.mjs', import.meta.url));
  for (let round = 0; round < 5; round++) {
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [script, folder, String(Date.now() + 600)], { stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    const said = await Promise.all(
      children.map((child) =>
        Promise.race([once(child.stdout, 'data').then(String), once(child, 'exit').then(() => '')]),
      ),
    );
    assert.equal(said.filter((text) => text.startsWith('there')).length, 1, `round ${round}`);
    // Whoever has it is killed: the next find a folder that was somebody's.
    await Promise.all(children.map((child) => (child.kill('SIGKILL'), child.exitCode ?? once(child, 'close'))));
  }
  open().close();
  assert.deepEqual(readdirSync(folder), []);
});

story('what was not used for the longest time goes first', async ({ folder, open }) => {
  const { get } = open({ maxBytes: 16 * 4096, maxBodyBytes: 20_000, length: 10_000 });
  for (const path of ['a', 'b', 'c']) await get(path);
  assert.ok((await get('a')).isHit);
  for (const path of ['d', 'e', 'f']) await get(path);
  const bytes = readdirSync(folder).filter((name) => name.endsWith('.record')).length;
  assert.equal(bytes, 4);
  assert.ok((await get('a')).isHit === false || (await get('f')).isHit);
  assert.ok(!(await get('b')).isHit);
});

story('what is used while keys are looked for is found once', async ({ folder }) => {
  const store = fileStore({ folder });
  const keys = ['a', 'b', 'c'].map((path) => `http://site.example/${path}`);
  for (const key of keys) await store.write(key, 'record', []);
  let turns = 0;
  const finding = store.keys('http://site.example').finally(() => (turns = Infinity));
  // Were one that is used found once more, this would be what ends it.
  for (; turns < 200; turns++) {
    keys.forEach((key) => store.use(key));
    await new Promise(setImmediate);
  }
  assert.deepEqual((await finding).sort(), keys);
});

story('small files count as what they take of the disk', async ({ folder, open }) => {
  const { get } = open({ maxBytes: 100 * 4096, maxBodyBytes: 20_000 });
  for (let n = 0; n < 80; n++) await get(`${n}`);
  assert.ok(readdirSync(folder).length <= 101, `${readdirSync(folder).length} files`);
  assert.ok((await get('79')).isHit && !(await get('0')).isHit);
});

story("what is not the store's own is left alone", async ({ folder, open }) => {
  const others = ['.gitignore', 'notes.tar.gz', 'package.json', 'tsconfig.build.json', `${'a'.repeat(63)}.record`];
  const halves = [`${'a'.repeat(64)}.0.${randomUUID()}`, `lock.${randomUUID()}.draft`];
  for (const name of [...others, ...halves]) writeFileSync(join(folder, name), 'x');
  const { close, get } = open({ maxBytes: 8 * 4096, maxBodyBytes: 20_000 });
  for (let n = 0; n < 20; n++) await get(`${n}`);
  close();
  const left = readdirSync(folder);
  assert.deepEqual(
    [others.filter((name) => left.includes(name)), halves.filter((name) => left.includes(name))],
    [others, []],
  );
});

story('the variants of one URL have no more room than all there is', async ({ folder }) => {
  const of = { 'cache-control': 'max-age=60', vary: 'x-user' };
  const bytes = () =>
    readdirSync(folder)
      .filter((name) => name !== 'lock')
      .reduce((sum, name) => sum + statSync(join(folder, name)).blocks * 512, 0);
  for (const store of [
    memoryStore({ maxBytes: 40_000, maxBodyBytes: 20_000 }),
    fileStore({ folder, maxBytes: 40_000, maxBodyBytes: 20_000 }),
  ]) {
    const fetch = cachingFetch({ store, fetch: async () => new Response('x'.repeat(15_000), { headers: of }) });
    const hits = [];
    for (const user of ['a', 'b', 'c', 'd', 'd']) {
      const response = await fetch('http://site.example/a', { headers: { 'x-user': user } });
      await response.text();
      await fetch.idle();
      hits.push(/hit/.test(response.headers.get('cache-status')));
      assert.ok(bytes() <= 40_000, `${bytes()} bytes`);
    }
    assert.deepEqual(hits, [false, false, false, false, true]);
  }
});

story('a body that is too long is not kept, and nobody is told a lie', async ({ open }) => {
  const { get, warnings } = open({ maxBodyBytes: 100, length: 1000 });
  assert.match((await get('a')).text, /^1 /);
  assert.match((await get('a')).text, /^2 /);
  assert.match(warnings[0], /more than 100 bytes \(the limit is maxBodyBytes\)/);
});

story('what cannot be written is answered all the same, and leaves nothing behind', async ({ folder, open }) => {
  const first = open();
  await first.get('a');
  const body = readdirSync(folder).find((name) => name.endsWith('.0'));
  await first.fetch.invalidate({ keys: ['http://site.example/a'] });
  // In the place of the next body there is something that no file can take.
  mkdirSync(join(folder, body.replace(/0$/, '1')));
  assert.match((await first.get('a')).text, /^2 /);
  assert.match((await first.get('a')).text, /^3 /);
  assert.match(first.warnings[0], /could not be stored/);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.split('.').length > 2),
    [],
  );
});

/** A cache with files whose origin server counts; `store` is what is changed of the store. */
function counting(folder, change) {
  const inner = fileStore({ folder });
  let count = 0;
  const origin = async () => new Response(`${++count}`, { headers: LASTING });
  const fetch = cachingFetch({ store: { ...inner, ...change(inner) }, fetch: origin });
  return async (init) => {
    const response = await fetch('http://site.example/a', init);
    const text = await response.text();
    return [text, /hit/.test(response.headers.get('cache-status')), fetch];
  };
}

story('a body that is written while what was there before is invalidated is not lost', async ({ folder }) => {
  let [isListing, list, invalidated] = [];
  const listing = new Promise((resolve) => (isListing = resolve));
  const listed = new Promise((resolve) => (list = resolve));
  const get = counting(folder, ({ keep, keys }) => ({
    keys: async (origin) => (isListing(), await listed, keys(origin)),
    keep: async (...body) => {
      await keep(...body);
      if (!invalidated) return;
      list();
      await invalidated;
    },
  }));
  const [text, , fetch] = await get();
  await fetch.idle();
  invalidated = fetch.invalidate({ origin: 'http://site.example' });
  await listing;
  // It is asked for after that, and so it is not meant.
  assert.deepEqual([text, (await get({ headers: { 'cache-control': 'no-cache' } }))[0]], ['1', '2']);
  await fetch.idle();
  assert.deepEqual((await get()).slice(0, 2), ['2', true]);
});

story('a body that is invalidated before its record is written leaves no file behind', async ({ folder }) => {
  let fetch;
  const get = counting(folder, ({ keep }) => ({
    keep: async (...body) => {
      await keep(...body);
      if (fetch) await fetch.invalidate({ keys: ['http://site.example/a'] });
    },
  }));
  const bodies = () => readdirSync(folder).filter((name) => /\.\d+$/.test(name));
  // Where nothing was there, and where something was.
  fetch = (await get({ method: 'HEAD' }))[2];
  await get();
  await fetch.idle();
  assert.deepEqual(bodies(), []);
  const other = fetch;
  fetch = undefined;
  await get();
  await other.idle();
  assert.equal(bodies().length, 1);
  fetch = other;
  await get({ headers: { 'cache-control': 'no-cache' } });
  await other.idle();
  assert.deepEqual(bodies(), []);
});

story('damaged files are as good as none', async ({ folder, open }) => {
  const damages = [
    (name) => truncateSync(name, 3),
    (name) => writeFileSync(name, 'nonsense'),
    (name) => rmSync(name),
    (name) => writeFileSync(name, ''),
  ];
  for (const damage of damages) {
    for (const kind of ['.record', '.0']) {
      const first = open();
      await first.get('a');
      first.close();
      for (const name of readdirSync(folder)) if (name.endsWith(kind)) damage(join(folder, name));
      const half = `${'0'.repeat(64)}.1.${randomUUID()}`;
      writeFileSync(join(folder, half), 'half');
      const second = open();
      const { text } = await second.get('a');
      assert.match(text, /^\d+ http:\/\/site\.example\/a$/, `${damage} ${kind}`);
      assert.ok(!readdirSync(folder).includes(half));
      second.close();
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
    }
  }
});
