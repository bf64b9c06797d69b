// Systems 3 and 5: what changes is seen at once, and nothing that was acknowledged is lost.

import { openPrices } from '../../examples/systems/prices.mjs';
import { openRooms } from '../../examples/systems/rooms.mjs';
import { sessions as live } from '../../examples/systems/sessions.mjs';
import { startRedis } from '../../tests/node/redis-server.mjs';

export async function queries({ add, rounds }) {
  const [redis, rooms] = [await startRedis(), await openRooms()];
  const prices = await openPrices(redis, rooms);
  await prices.write();
  const all = [];
  for (let round = 0; round < rounds; round++) all.push(await prices.write());
  const figures = (name) => all.map((one) => one[name]);
  add('3-queries/for 820 reads and 20 writes', 'uncached', figures('reads'), 'times');
  add('3-queries/for 820 reads and 20 writes', 'keepfresh', figures('queries'), 'times');
  add('3-queries/a write seen undone', 'keepfresh', [Math.max(...figures('undone'))], 'times');
  await prices.close();
  await rooms.close();
  await redis.close();
}

export async function sessions({ add, rounds }) {
  const all = [];
  for (let round = 0; round < Math.min(rounds, 3); round++) all.push(await live());
  const figures = (name) => all.map((one) => one[name]);
  add('5-sessions/queries for 1,000 looks', 'uncached', [1000], 'times');
  add(
    '5-sessions/queries for 1,000 looks',
    'keepfresh',
    all.map((one) => (one.queries / one.reads) * 1000),
    'times',
  );
  add('5-sessions/acknowledged and lost', 'keepfresh', [Math.max(...figures('lost'))], 'times');
  add('5-sessions/left of who has signed out', 'keepfresh', [Math.max(...figures('left'))], 'times');
}
