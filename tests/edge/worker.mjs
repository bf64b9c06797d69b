// What runs in workerd: the cache in front of a handler that asks the origin server, and a way to invalidate.

import { edgeCache } from './edge.js';

const cache = edgeCache();
const handle = cache.handler((request, env) => {
  const url = new URL(request.url);
  return fetch(new Request(env.ORIGIN + url.pathname + url.search, request), { cache: 'no-store', redirect: 'manual' });
});

export default {
  async fetch(request, env, context) {
    const { origin, pathname, searchParams } = new URL(request.url);
    if (pathname !== '/invalidate') return handle(request, env, context);
    if (searchParams.has('options')) return new Response(faultOf(JSON.parse(searchParams.get('options'))));
    const [group, path] = [searchParams.get('group'), searchParams.get('path')];
    await cache.invalidate(group ? { origin, groups: [group] } : path ? { keys: [origin + path] } : { origin });
    return new Response('done');
  },
};

const method = () => {};
/** Stores that cannot be told of in JSON. */
const STORES = {
  plain: { read: method, write: method, body: method, keep: method, keys: method },
  shared: { isShared: true, read: method, write: method, invalidate: method },
};

/** What is said of options. */
function faultOf(options) {
  try {
    edgeCache({ ...options, ...(options.store in STORES && { store: STORES[options.store] }) });
    return 'none';
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
}
