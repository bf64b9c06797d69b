// A slow network in front of a server: every connection waits for its packets, and all of them share what goes through.

import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A telephone in the country: milliseconds there and back, and bytes in a second (1.6 Mbit/s), as Lighthouse simulates it. */
export const SLOW = { roundTrip: 150, rate: 200_000 };

/** How many bytes of a connection are on their way at the most. */
const MOST_UNDER_WAY = 64 * 1024;

/** Listens, and passes on to `port`. `bytes` counts what was delivered; `cut` ends all connections until `join`. */
export async function slowNetwork(port, { roundTrip, rate } = SLOW) {
  const sockets = new Set();
  let isCut = false;
  let freeAt = 0;
  const network = { bytes: 0 };

  /** Passes on what comes out of one end, in order and in its time; the sender waits while too much is under way. */
  const pass = (from, to, isShared) => {
    let underWay = 0;
    let passed = Promise.resolve();
    from.on('data', (chunk) => {
      const now = performance.now();
      if (isShared) freeAt = Math.max(now, freeAt) + (chunk.length / rate) * 1000;
      const at = (isShared ? freeAt : now) + roundTrip / 2;
      underWay += chunk.length;
      if (underWay > MOST_UNDER_WAY) from.pause();
      passed = passed
        .then(() => sleep(Math.max(0, at - performance.now())))
        .then(() => {
          underWay -= chunk.length;
          if (isShared) network.bytes += chunk.length;
          if (!to.destroyed) to.write(chunk);
          from.resume();
        });
    });
    from.on('end', () => void passed.then(() => to.end()));
  };

  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (isCut) return void near.destroy();
    near.pause();
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const ends = [near, far];
    for (const [one, other] of [ends, ends.toReversed()]) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => (sockets.delete(one), other.destroy()));
    }
    pass(far, near, true);
    // A connection takes a way there and back before anything can be sent.
    setTimeout(() => (pass(near, far, false), near.resume()), roundTrip);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => sockets.forEach((socket) => socket.destroy());
  return Object.assign(network, {
    url: `http://localhost:${server.address().port}`,
    cut: () => ((isCut = true), drop()),
    join: () => (isCut = false),
    close: () => (drop(), server.close()),
  });
}
