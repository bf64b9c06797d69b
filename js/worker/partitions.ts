// Partitions: the responses of each user apart. Each is a store of its own, so that nothing of one is found in another, and
// it can be thrown away whole.

import { bodiesOf, headOf } from './bodied.js';
import type { CacheStore } from './cache-storage.js';
import { type Forget, forget } from '../host/forgets.js';
import type { Host } from '../host/host.js';
import { sha256 } from './list.js';
import type { Store } from '../host/store.js';

declare const self: ServiceWorkerGlobalScope;

/** How many partitions are kept; the oldest goes first. */
const MOST = 8;

/** Under what the partition's name is remembered that a page has said last. */
const NAME = '/keepfresh-partition';

/** What keeps nothing. */
const NOTHING: Store = {
  read: async () => '',
  body: async () => undefined,
  keep: async () => {},
  write: async () => {},
  keys: async () => [],
};

export class Partitions {
  readonly #hosts = new Map<string, Host>();
  readonly #prefix: string;
  #named: Promise<string> | undefined;
  #written: Promise<void> = Promise.resolve();

  /**
   * @param main what serves all that is in no partition.
   * @param open makes the host of one.
   */
  constructor(
    readonly main: Host,
    readonly open: (id: string) => Host,
  ) {
    this.#prefix = (main.store as CacheStore).prefix;
    this.#equip(main);
    self.addEventListener('message', (event) => {
      const { data, ports } = event;
      if (data?.type !== 'keepfresh:partition') return;
      const isNoted = this.#name(String(data.name)).then(() => true);
      event.waitUntil(isNoted.catch(() => false).then((answer) => ports[0]?.postMessage(answer)));
    });
  }

  /** What keeps the responses to a request. A store that cannot be read is nobody's. */
  of(request: Request, by: string): Promise<Host> {
    return this.#hostOf(request, by).catch(() => this.#nobody());
  }

  /** Forgets what partitions hold, or all of them that are named. Gives how many keys that were. */
  async forget({ partitions = [], ...what }: Forget & { partitions?: string[] }): Promise<number> {
    let count = 0;
    for (const name of partitions) count += await this.#drop(await idOf(`*${name}`));
    const urls = [...what.urls, ...what.urls.map(bodiesOf)];
    for (const id of await this.#ids()) count += await forget(await this.#host(id), { ...what, urls });
    // The worker has seen to all but this.
    return count + (await forget(this.main, { urls: what.urls.map(bodiesOf), tags: [] }));
  }

  async #hostOf(request: Request, by: string): Promise<Host> {
    if (by !== '*') return this.#host(await idOf(`${by}: ${request.headers.get(by) ?? ''}`));
    const named = (this.#named ??= this.#read());
    // What could not be read may be there the next time.
    const again = () => void (this.#named === named && (this.#named = undefined));
    named.catch(again);
    const name = await named;
    return name ? this.#host(await idOf(`*${name}`)) : this.#nobody();
  }

  /** Whose a response is nobody has said: it is nobody's to keep, or to share. */
  #nobody(): Host {
    return { ...this.#equip(this.open('')), store: NOTHING };
  }

  async #read(): Promise<string> {
    const name = await caches.match(NAME, { cacheName: `${this.#prefix}partition` });
    return (await name?.text()) ?? '';
  }

  /** One after the other: what was said last stays. */
  #name(name: string): Promise<void> {
    this.#named = Promise.resolve(name);
    const write = async () => {
      const cache = await caches.open(`${this.#prefix}partition`);
      // First the one before: if the new one cannot be written, a worker that starts again must not go on with it.
      await cache.delete(NAME);
      if (name) await cache.put(NAME, new Response(name));
    };
    return (this.#written = this.#written.then(write, write));
  }

  /** The partitions that there are, in the order in which they were made. */
  async #ids(): Promise<string[]> {
    const prefix = `${this.#prefix}of:`;
    const names = (await caches.keys()).filter((name) => name.startsWith(prefix));
    const ids = names.map((name) => name.slice(prefix.length).split(':', 1)[0]!);
    return [...new Set([...ids, ...this.#hosts.keys()])];
  }

  async #host(id: string): Promise<Host> {
    if (this.#hosts.has(id)) return this.#hosts.get(id)!;
    const others = (await this.#ids()).filter((other) => other !== id);
    for (const old of others.slice(0, -MOST + 1)) await this.#drop(old);
    if (!this.#hosts.has(id)) this.#hosts.set(id, this.#equip(this.open(id)));
    return this.#hosts.get(id)!;
  }

  /** The browser's own cache knows no users: neither does it validate for one what it has of another, nor is it given anything. */
  #equip(host: Host): Host {
    const { main } = this;
    const { send } = host;
    host.headOf = headOf;
    // What a server has forgotten is nobody's any more. A response to a `GET` that must not be kept says nothing of others'.
    host.others = async (kind, request) => {
      const isForgotten = kind === 'clear' || kind === 'groups' || (kind === 'remove' && request.method !== 'GET');
      if (!isForgotten) return [];
      // A store that cannot be read is not written to, either.
      const ids = await this.#ids().catch(() => []);
      const partitions = await Promise.all(ids.map((id) => this.#host(id)));
      return [main, ...partitions].filter((other) => other !== host);
    };
    if (host !== main)
      host.send = (request, fields, past) => send(request, fields, request.method === 'GET' ? 'no-store' : past);
    return host;
  }

  /** Throws a partition away, with what is under way to it. */
  async #drop(id: string): Promise<number> {
    const host = this.#hosts.get(id) ?? this.open(id);
    this.#hosts.delete(id);
    const store = host.store as CacheStore;
    store.put = async () => {}; // What comes too late is not kept.
    const count = await forget(host, { urls: ['*'], tags: [] });
    for (const name of await caches.keys()) if (name.startsWith(store.kept)) await caches.delete(name);
    if (store.ledger) indexedDB.deleteDatabase(store.ledger.name);
    return count;
  }
}

/** A name that says nothing to who looks into the browser's caches. */
async function idOf(name: string): Promise<string> {
  return (await sha256(new Response(name))).slice(0, 32);
}
