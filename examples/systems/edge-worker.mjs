// What runs in workerd: a cache in front of two origin servers.

import { edgeCache, fromOrigins } from './edge.js';

const cache = edgeCache();
let handle;

export default {
  fetch(request, env, context) {
    const { origin, pathname } = new URL(request.url);
    if (pathname === '/invalidate') return cache.invalidate({ origin }).then(() => new Response('done'));
    const { ORIGINS: origins, MANIFESTS: manifests, REST_MS: restMs } = env;
    handle ??= cache.handler(fromOrigins({ origins, manifests, restMs, onWarning() {} }));
    return handle(request, env, context);
  },
};
