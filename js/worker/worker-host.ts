// The world around a cache in a service worker.

import type { Engine } from '../../target/wasm/keepfresh.js';
import type { CacheStore } from './cache-storage.js';
import { find } from './find.js';
import { Flights } from '../host/flights.js';
import { Forgets, tagsOf } from '../host/forgets.js';
import { keepAsset, sha256 } from './list.js';
import type { Host } from '../host/host.js';
import { ask } from '../host/machine.js';
import { send } from './send.js';
import { Drafts, LONG, Turns } from '../host/store.js';
import { isOld } from './versions.js';

declare const self: ServiceWorkerGlobalScope;

/** Requests that a key may have been stored for, as the engine reads them (`writeRequest`): a route may be for one kind alone. */
const of = (method: string, ...kinds: string[]) => kinds.map((kind) => `${method}\n*\n${kind}\ndefault\n`);
const NO_CORS = ['audio', 'image', 'script', 'style', 'video'].map((destination) => `no-cors\n${destination}`);
const PLAIN = of('GET', 'cors\n', 'cors\nfont', 'navigate\ndocument', ...NO_CORS);
const WITH_BODY = [...of('POST', 'cors\n'), ...of('QUERY', 'cors\n')];

export function createHost(engine: () => Engine, store: CacheStore): Host {
  return {
    drafts: new Drafts(),
    flights: new Flights(),
    // For partitions the browser's own cache is not asked anyway.
    forgets: new Forgets(store.kept === store.prefix ? `${store.prefix}forgotten` : undefined),
    store,
    turns: new Turns(),
    now: Date.now,
    send,
    wasForgotten(machine) {
      return this.forgets.ever(
        () => ask(machine, 'key'),
        () => tagsOf(machine),
      );
    },
    tags(key) {
      // What was asked for with a body has its digest in the key (src/exchange/key.rs).
      const [, path, digest, query] = /^(.*)\/\.keepfresh-body\/(\w+)(.*)$/.exec(key) ?? [];
      const all = digest
        ? WITH_BODY.map((head) => head.replace('*', `${path}${query}# ${digest}`))
        : PLAIN.map((head) => head.replace('*', key));
      return all.flatMap((head) => {
        const machine = engine().begin(head);
        const tags = machine ? tagsOf(machine) : [];
        machine?.free();
        return tags;
      });
    },
    find: (...what) => find(engine(), store, ...what),
    isOld: (request) => isOld(store, request),
    keepAsset: (request, reply) => keepAsset(engine(), store, request.url, reply),
    async compare(url, before, after) {
      // A server need not say how long a body is: that is known of a blob without its bytes being read. What is long is
      // not read for this.
      const [one, other] = [await before?.blob(), await after?.blob()];
      if (!one || !other) return;
      const isSame = async () => (await sha256(new Response(one))) === (await sha256(new Response(other)));
      if (one.size === other.size && (one.size > LONG || (await isSame()))) return;
      for (const client of await self.clients.matchAll()) client.postMessage({ type: 'keepfresh:updated', url });
    },
    warn: (what, error) => console.warn(`keepfresh: ${what}:`, error),
  };
}
