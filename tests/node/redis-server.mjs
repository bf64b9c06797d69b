// A Redis server of a test's own, on a port of its own, that keeps nothing on the disk.

import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createClient } from 'redis';

/** The program: any that speaks its language. */
const SERVER = process.env.KEEPFRESH_REDIS ?? 'redis-server';

/** Why there is none, if there is none. */
export const missing = (() => {
  try {
    execFileSync(SERVER, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return `no ${SERVER}: sudo apt-get install redis-server`;
  }
})();

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts it. `kill` and `start` let it go away and come back, empty, at the same place. */
export async function startRedis(...flags) {
  const port = await freePort();
  const clients = [];
  let child;
  const redis = {
    port,
    async start() {
      child = spawn(SERVER, ['--port', String(port), '--save', '', '--appendonly', 'no', ...flags], {
        stdio: 'ignore',
      });
      for (let tries = 0; ; tries++) {
        const probe = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
        probe.on('error', () => {});
        const isThere = await probe.connect().then(
          () => true,
          () => false,
        );
        if (isThere) return void probe.destroy();
        if (tries > 1200) throw new Error(`${SERVER} does not start`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async kill(signal = 'SIGKILL') {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      if (signal === 'SIGKILL') await gone;
    },
    // In Deno a child takes one signal.
    signal: (signal) => process.kill(child.pid, signal),
    /** A client that is connected, and connects again. */
    async client() {
      const client = createClient({
        url: `redis://127.0.0.1:${port}`,
        socket: { reconnectStrategy: () => 20 },
        disableOfflineQueue: true,
      });
      client.on('error', () => {});
      clients.push(client);
      await client.connect();
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      child.kill('SIGKILL');
    },
  };
  await redis.start();
  return redis;
}
