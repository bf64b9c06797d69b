// What the stories of several instances with one Redis have in common: instances, and an origin server that counts.

import { cachingFetch, redisStore } from '../../pkg/node.js';
import { startRedis } from './redis-server.mjs';

export const LASTING = { 'cache-control': 'max-age=60', etag: '"1"' };
export const URL_ = 'http://site.example/a';

/** Asks again and again until something holds. */
export async function until(what, holds) {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited 10 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** An origin server that counts. */
export function origin(fields = LASTING, work = async (count) => `answer ${count}`) {
  const state = { count: 0 };
  const answer = async (request) => {
    const count = ++state.count;
    const body = await work(count, request);
    return new Response(body, { headers: typeof fields === 'function' ? fields(request) : fields });
  };
  return Object.assign(answer, { state });
}

/** A Redis, and as many instances with it as are asked for. */
export async function redisInstances() {
  const redis = await startRedis();
  const client = await redis.client();
  let stores = [];
  const leave = async () => {
    for (const store of stores) await store.close();
    stores = [];
  };

  /** An instance: a cache with a store and a connection of its own. `answer` is the origin server. */
  async function instance(answer, options = {}) {
    const warnings = [];
    const onWarning = (what, error) => warnings.push(`${what}: ${error?.message}`);
    const store = redisStore({ client: await redis.client(), onWarning, ...options.store });
    stores.push(store);
    await store.ready();
    const fetch = cachingFetch({ shared: true, ...options, store, fetch: answer, onWarning });
    const get = async (url = URL_, init) => {
      const response = await fetch(url, init);
      const text = await response.text();
      return { text, status: response.headers.get('cache-status').replace('keepfresh; ', '') };
    };
    return { fetch, get, store, warnings };
  }

  return {
    redis,
    client,
    instance,
    /** Redis is empty, and nobody there. */
    reset: async () => (await leave(), client.flushAll()),
    close: async () => (await leave(), redis.close()),
  };
}
