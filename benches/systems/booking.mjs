// System 2: how many rooms are free, asked of a database under load, with a cache in front of the server that asks it.

import autocannon from 'autocannon';
import { createServer } from 'node:http';
import { HOTELS, listenerOf, openRooms } from '../../examples/systems/rooms.mjs';
import { FREE } from '../../examples/systems/schema.mjs';
import { serverCache } from '../../pkg/node.js';

const SECONDS = 6;

export async function booking({ add, say }) {
  const rooms = await openRooms();
  const listener = listenerOf(rooms);
  const cache = serverCache();
  const begun = performance.now();
  for (let n = 0; n < 20; n++) await rooms.run(FREE, [n % HOTELS]);
  const each = (performance.now() - begun) / 20;
  // As many at once as it takes for the uncached to wait 800 ms.
  const connections = Math.max(4, Math.round(800 / each));
  say(`a query takes ${each.toFixed(1)} ms alone; ${connections} connections for ${SECONDS} s each`);
  for (const [name, answer] of [
    ['uncached', listener],
    ['keepfresh', cache.listener(listener)],
  ]) {
    // prettier-ignore
    const server = createServer(answer);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${server.address().port}`;
    const before = rooms.count;
    let oldest = 0;
    const run = autocannon({
      url,
      connections,
      duration: SECONDS,
      maxOverallRequests: 200_000,
      requests: Array.from({ length: HOTELS }, (_, hotel) => ({
        path: `/free?hotel=${hotel}`,
        onResponse: (status, body) => {
          if (status !== 200) throw new Error(`${status}`);
          oldest = Math.max(oldest, Date.now() - JSON.parse(body).asked);
        },
      })),
    });
    const { errors, latency, requests } = await run;
    if (errors > 0) throw new Error(`${errors} requests had no answer`);
    add('2-booking/mean', name, [latency.average], 'ms');
    add('2-booking/99 of 100 within', name, [latency.p99], 'ms');
    add('2-booking/answers', name, [requests.average], '1/s');
    add('2-booking/queries for 1,000 answers', name, [((rooms.count - before) / requests.total) * 1000], '');
    add('2-booking/oldest', name, [oldest], 'ms');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rooms.close();
}
