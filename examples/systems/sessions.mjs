// Sessions of many users, in a process that is killed while they are busy.

import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const USERS = 40;
const ROUNDS = 12;

/** Starts a process that has what is in a folder. `act` gives nothing if it was killed before it had answered. */
async function start(folder) {
  const child = fork(new URL('session-process.mjs', import.meta.url), [folder]);
  const waiting = new Map();
  let numbers = 0;
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.on('message', (message) => {
      if (message.isReady) return resolve();
      waiting.get(message.number)(message);
      waiting.delete(message.number);
    });
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  void ended.then(() => waiting.forEach((tell) => tell(undefined)));
  return {
    act: (what) =>
      new Promise((resolve) => {
        if (!child.connected) return resolve(undefined);
        waiting.set(++numbers, resolve);
        child.send({ ...what, number: numbers }, (error) => error && resolve(undefined));
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/**
 * Users click and look, all at once; in the middle of it the process is killed, and started again. Then half of them leave.
 *
 * @returns how much there was of it; `lost` clicks that had been acknowledged, and `left`, those of who had left.
 */
export async function sessions() {
  const folder = mkdtempSync(join(tmpdir(), 'keepfresh-sessions-'));
  const users = Array.from({ length: USERS }, (_, id) => ({ id, acknowledged: 0 }));
  const count = { clicks: 0, reads: 0, queries: 0, lost: 0, left: 0 };
  let process = await start(folder);
  try {
    const busy = users.map(async (user) => {
      for (let round = 0; round < ROUNDS; round++) {
        const clicked = await process.act({ act: 'click', id: user.id });
        if (!clicked) return;
        count.clicks++;
        user.acknowledged = Math.max(user.acknowledged, clicked.clicks);
        for (let n = 0; n < 5; n++) {
          const seen = await process.act({ act: 'read', id: user.id });
          if (!seen) return;
          count.reads++;
          count.queries = seen.queries;
          if ((seen.clicks ?? 0) < user.acknowledged) count.lost++;
        }
      }
    });
    // When half of them have been clicked.
    while (count.clicks < (USERS * ROUNDS) / 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await process.kill();
    await Promise.all(busy);
    process = await start(folder);
    for (const user of users) {
      const { clicks = 0 } = await process.act({ act: 'read', id: user.id });
      if (clicks < user.acknowledged) count.lost++;
    }
    for (const { id } of users.filter(({ id }) => id % 2)) {
      await process.act({ act: 'leave', id });
      if ((await process.act({ act: 'read', id })).clicks !== undefined) count.left++;
    }
    return count;
  } finally {
    await process.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
