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
  return { fetch, get, warnings };
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

test('who sees too late that another was faster is told of whoever has the folder', async (t) => {
  const [folder, elsewhere] = ['own', 'other'].map((name) => mkdtempSync(join(tmpdir(), `keepfresh-${name}-`)));
  const script = fileURLToPath(new URL('file-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, elsewhere], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const one of [folder, elsewhere]) rmSync(one, { recursive: true, force: true });
  });
  await once(child.stdout, 'data');
  const lock = join(folder, 'lock');
  // What has ended had it; another takes it, and a third one, just then.
  writeFileSync(lock, '999999999 0 none');
  const race = (rename, ...paths) => {
    writeFileSync(lock, 'another');
    rename(...paths);
    writeFileSync(lock, readFileSync(join(elsewhere, 'lock')));
  };
  replace(t, 'renameSync', race, fs);
  await assert.rejects(async () => fileStore({ folder }).read(URL_), new RegExp(`belongs to process ${child.pid}:`));
});
