// What a reader may see after a write, checked against a model: several processes with one Redis between them, reading and
// writing at random, while instances are killed, Redis is stopped and killed, connections are cut, and clocks differ.
//
// The statement (README, "What a reader may see"):
//
// - Whoever has invalidated something never sees what was there before, whatever becomes of Redis.
// - Nobody else does once it has settled; who keeps what was read in memory, within `BOUND_MS`.
// - Who does not reach Redis may share the answer to a request that was under way before.
// - If invalidating fails, that is told, and the statement for others holds once Redis is told after all.
//
// KEEPFRESH_OPERATIONS says how many operations there are; KEEPFRESH_SEED begins another story.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { missing, startRedis } from './redis-server.mjs';

const OPERATIONS = Number(process.env.KEEPFRESH_OPERATIONS ?? 20_000);
const SEED = Number(process.env.KEEPFRESH_SEED ?? 1);
const AT_ONCE = 60;
const KEYS = Array.from({ length: 24 }, (_, n) => `key${n}`);
const groupOf = (key) => `group${Number(key.slice(3)) % 6}`;

/** In which a memory tier has heard of what others invalidated, or knows that it hears nothing. */
const BOUND_MS = 2000;

/** Random numbers that come again for the same seed. */
function chance(seed) {
  let state = seed;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return { next, one: (of) => of[Math.floor(next() * of.length)] };
}

/** A way to Redis that can be cut: what is sent into it is swallowed. */
async function wire(port) {
  const sockets = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      // prettier-ignore
      sockets.add(one);
      one.on('data', (bytes) => isCut || other.write(bytes));
      one.on('close', () => (sockets.delete(one), other.destroy()));
      one.on('error', () => {});
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    cut: () => (isCut = true),
    /** Nothing of what was swallowed comes later. */
    join() {
      isCut = false;
      for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Sends a message. Who is being killed does not get it: that they are gone is told otherwise. */
const tell = (child, message) => child.connected && child.send(message, () => {});

test(`${OPERATIONS} operations with faults`, { skip: missing, timeout: 600_000 }, async (t) => {
  const redis = await startRedis();
  const random = chance(SEED);
  /** The database: what is there now. */
  const versions = Object.fromEntries(KEYS.map((key) => [key, 1]));
  /** What was invalidated for all, and when that had settled. */
  const settled = Object.fromEntries(KEYS.map((key) => [key, []]));
  const count = { reads: 0, hits: 0, writes: 0, failed: 0, faults: 0, lost: 0 };
  const instances = [];

  const start = async (index) => {
    const kind = {
      timeoutMs: 100,
      leadMs: 1000,
      memoryBytes: index === 0 ? 1 << 20 : 0,
      skew: [0, 5000, -5000][index],
    };
    const link = await wire(redis.port);
    const child = fork(new URL('consistency-instance.mjs', import.meta.url), [
      JSON.stringify({ ...kind, port: link.port }),
    ]);
    const instance = { ...kind, index, child, link, waiting: new Map(), own: {}, numbers: 0, isAlive: true };
    child.on('message', (message) => {
      if (message.query) {
        const key = message.query;
        const rows = { group: groupOf(key), version: versions[key] };
        // A query takes its time, and what it found may be old when it comes.
        const send = () => tell(child, { answer: message.number, rows });
        setTimeout(send, random.next() < 0.2 ? 10 + 60 * random.next() : 1);
      } else if (message.done) {
        instance.waiting.get(message.done)?.(message);
        instance.waiting.delete(message.done);
      } else instance.ready?.();
    });
    child.on('exit', () => {
      instance.isAlive = false;
      for (const tell of instance.waiting.values()) tell(undefined);
    });
    instances[index] = instance;
    await new Promise((resolve) => (instance.ready = resolve));
  };
  const act = (instance, what) =>
    new Promise((resolve) => {
      const number = ++instance.numbers;
      instance.waiting.set(number, resolve);
      tell(instance.child, { ...what, number });
    });

  const read = async (instance) => {
    const key = random.one(KEYS);
    const now = performance.now();
    const late = instance.memoryBytes > 0 ? BOUND_MS : 0;
    const all = settled[key].filter(({ at }) => at <= now - late).map(({ version }) => version);
    const own = instance.own[key] ?? 1;
    const seen = await act(instance, { act: 'read', key });
    if (!seen) return void count.lost++;
    count.reads++;
    count.hits += seen.isHit ? 1 : 0;
    // Who does not reach Redis knows what they have done themselves.
    const floor = Math.max(1, own, ...(seen.isAway ? [] : all));
    const who = `instance ${instance.index}${instance.memoryBytes ? ' with memory' : ''}`;
    assert.ok(
      seen.version >= floor,
      `${who} sees version ${seen.version} of ${key}, not ${floor} (${JSON.stringify(count)})`,
    );
    assert.ok(seen.version <= versions[key]);
  };
  const write = async (instance) => {
    const key = random.one(KEYS);
    const group = random.next() < 0.3 ? groupOf(key) : undefined;
    const keys = group ? KEYS.filter((one) => groupOf(one) === group) : [key];
    for (const one of keys) versions[one] += 1;
    const wrote = Object.fromEntries(keys.map((one) => [one, versions[one]]));
    const result = await act(instance, { act: 'invalidate', keys, group });
    if (!result) return void count.lost++;
    count.writes++;
    const at = performance.now();
    for (const [one, version] of Object.entries(wrote)) {
      instance.own[one] = Math.max(instance.own[one] ?? 1, version);
      if (result.isDone) settled[one] = [...settled[one].slice(-20), { at, version }];
    }
    if (!result.isDone) count.failed++;
  };

  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const faults = [
    async () => {
      const instance = random.one(instances);
      instance.child.kill('SIGKILL');
      instance.link.close();
      await start(instance.index);
    },
    async () => {
      redis.signal('SIGSTOP');
      await pause(300);
      redis.signal('SIGCONT');
    },
    async () => {
      await redis.kill();
      await pause(100);
      await redis.start();
    },
    async () => {
      const { link } = random.one(instances);
      link.cut();
      await pause(500);
      link.join();
    },
  ];

  t.after(async () => {
    for (const { child, link } of instances) {
      child.kill('SIGKILL');
      link.close();
    }
    await redis.close();
  });
  for (const index of [0, 1, 2]) await start(index);

  let left = OPERATIONS;
  let isOver = false;
  const disturb = async () => {
    while (!isOver) {
      await pause(1000);
      if (!isOver) await random.one(faults)();
      count.faults++;
    }
  };
  const work = async () => {
    while (left-- > 0) {
      const instance = random.one(instances.filter(({ isAlive }) => isAlive)) ?? (await pause(10));
      if (instance) await (random.next() < 0.1 ? write : read)(instance);
    }
  };
  const disturbing = disturb();
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    isOver = true;
    left = 0;
    await disturbing;
  }
  t.diagnostic(JSON.stringify(count));
  assert.ok(count.hits > count.reads / 4, 'a cache that is never asked says nothing');
});
