// Files on a disk that is full, that somebody else writes into while they are read, and in a folder that several want.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cachingFetch, fileStore } from '../../pkg/node.js';

const URL_ = 'http://site.example/a';

/** Has a function of the file system be another until the test is over. */
function replace(t, name, work, from = promises) {
  const original = from[name];
  const put = (one) => {
    from[name] = one;
    syncBuiltinESMExports();
  };
  put((...of) => work(original, ...of));
  t.after(() => put(original));
}

/** A cache in files. Its server counts, and has something else for each `x`; `get` says the number, and whether it was stored. */
function opened(t) {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-faults-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  let count = 0;
  const answer = async ({ headers }) =>
    new Response(`answer ${++count}`, {
      headers: {
        'cache-control': 'max-age=60',
        'cache-groups': headers.get('x') === '1' ? '"one"' : '"two"',
        vary: 'x',
      },
    });
  const store = fileStore({ folder });
  t.after(() => store.close());
  const warnings = [];
  const fetch = cachingFetch({ store, fetch: answer, onWarning: (_, error) => warnings.push(error?.code) });
  const get = async (x) => {
    const text = await (await fetch(URL_, { headers: { x } })).text();
    await fetch.idle();
    return text;
  };
  return { fetch, folder, get, warnings };
}

for (const [what, told] of Object.entries({
  'a URL': { keys: [URL_] },
  'an origin': { origin: 'http://site.example' },
  'a group, with others beside it': { origin: 'http://site.example', groups: ['one'] },
}))
  test(`on a disk that is full, what is invalidated is gone: ${what}`, async (t) => {
    const { fetch, get, warnings } = opened(t);
    assert.deepEqual([await get('1'), await get('2')], ['answer 1', 'answer 2']);
    assert.deepEqual([await get('1'), await get('2')], ['answer 1', 'answer 2']);
    replace(t, 'open', async (original, path, flags, ...rest) => {
      if (flags === 'wx') throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      return original(path, flags, ...rest);
    });
    await fetch.invalidate(told);
    assert.equal(await get('1'), 'answer 3');
    assert.deepEqual(warnings, ['ENOSPC']);
  });

test('what somebody writes into a file while it is read is served to nobody', async (t) => {
  const { get } = opened(t);
  assert.deepEqual([await get('1'), await get('1')], ['answer 1', 'answer 1']);
  let writes = 0;
  replace(t, 'readFile', async (original, path, ...rest) => {
    if (String(path).endsWith('.record') || writes++ > 0) return original(path, ...rest);
    // Whatever else is asked of the file has an answer by then; and file systems count time in steps.
    await sleep(50);
    writeFileSync(path, String(readFileSync(path, 'latin1')).replace('answer 1', 'another!'), 'latin1');
    return original(path, ...rest);
  });
  assert.deepEqual([await get('1'), await get('1'), writes > 1], ['answer 2', 'answer 2', true]);
});

test('what is written into a file within one step of the file system’s clock is served to nobody', async (t) => {
  const { folder, get } = opened(t);
  assert.equal(await get('1'), 'answer 1');
  const path = join(
    folder,
    fs.readdirSync(folder).find((name) => /^[0-9a-f]{64}\.\d+$/.test(name)),
  );
  // As long as this lasts it is young.
  const step = Math.ceil(Date.now() / 1000) + 60;
  fs.utimesSync(path, step, step);
  assert.deepEqual([await get('1'), await get('1')], ['answer 1', 'answer 1']);
  writeFileSync(path, readFileSync(path, 'latin1').replace('answer 1', 'another!'), 'latin1');
  fs.utimesSync(path, step, step);
  assert.equal(await get('1'), 'answer 2');
});

/** A folder of a process that has ended. */
function left(t) {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-left-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const lock = join(folder, 'lock');
  writeFileSync(lock, '999999999 0 none');
  return { folder, lock, open: async () => fileStore({ folder }) };
}

test('who sees too late that another was faster takes the folder from nobody', async (t) => {
  const { folder, lock, open } = left(t);
  const elsewhere = mkdtempSync(join(tmpdir(), 'keepfresh-other-'));
  const script = fileURLToPath(new URL('file-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, elsewhere], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(elsewhere, { recursive: true, force: true });
  });
  await once(child.stdout, 'data');
  const other = readFileSync(join(elsewhere, 'lock'), 'utf8');
  let looks = 0;
  const race = (read, path, ...rest) => {
    const text = read(path, ...rest);
    if (path === lock && looks++ === 0) writeFileSync(lock, other);
    return text;
  };
  replace(t, 'readFileSync', race, fs);
  // Whoever came while it is away would have it, too.
  const moves = [];
  const move = (rename, from, to) => (moves.push(from), rename(from, to));
  replace(t, 'renameSync', move, fs);
  await assert.rejects(open, new RegExp(`belongs to process ${child.pid}:`));
  assert.deepEqual([readFileSync(lock, 'utf8'), moves.includes(lock)], [other, false]);
  assert.deepEqual(fs.readdirSync(folder), ['lock']);
});

test('who ended while he took over a folder is no hindrance', async (t) => {
  const { folder, lock, open } = left(t);
  const [rename, remove] = [fs.renameSync, fs.rmSync];
  const killed = () => {
    throw new Error('killed');
  };
  replace(t, 'renameSync', killed, fs);
  replace(t, 'rmSync', () => {}, fs);
  await assert.rejects(open, /killed/);
  [fs.renameSync, fs.rmSync] = [rename, remove];
  syncBuiltinESMExports();
  const drafts = fs.readdirSync(folder).filter((name) => name !== 'lock');
  assert.notEqual(drafts.length, 0);
  for (const name of drafts) writeFileSync(join(folder, name), '999999998 0 none');
  const store = await open();
  assert.equal(await store.read(URL_), '');
  store.close();
  assert.deepEqual([fs.readdirSync(folder), fs.existsSync(lock)], [[], false]);
});

test('who takes over a folder writes into no file that others see', async (t) => {
  const { open } = left(t);
  const seen = [];
  const write = (original, path, ...rest) => {
    if (fs.existsSync(path) && fs.statSync(path).nlink > 1) seen.push(path);
    return original(path, ...rest);
  };
  replace(t, 'writeFileSync', write, fs);
  const store = await open();
  store.close();
  assert.deepEqual(seen, []);
});
