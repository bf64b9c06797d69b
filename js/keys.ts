// Under what is kept what must not be mixed up: the responses of each user apart (`partition` of a route), and those to
// requests that say in their bodies what they ask for (`keyBody`). A partition is a store of its own, so that nothing of
// one is found in another, and it can be thrown away whole.

import type { CacheStore } from './cache-storage.js';
import { type Forget, forget } from './forgets.js';
import { digestOf, headOf, keyed } from './bodied.js';
import type { Host, Report } from './host.js';
import { sha256 } from './install.js';
import { ask } from './machine.js';
import { BODY, PARTITION } from './parts.js';
import type { Machine } from '../target/wasm/keepfresh.js';

declare const self: ServiceWorkerGlobalScope;

/** How many partitions are kept; the oldest goes first. */
const MOST = 8;

/** What a partition's name must have been said for. */
const NAME = '/keepfresh-partition';

/** What is thrown away, beside what others forget. */
interface Told extends Forget {
  partitions?: string[];
}

/** What the worker does for this part. */
export interface World {
  /** What serves all other routes. */
  main: Host;
  /** Makes the host of a partition. */
  open(partition: string): Host;
  /** Follows a request, if a route is still for it; a digest stands for its body. */
  follow(event: FetchEvent, host: Host, digest: string): Promise<Report> | undefined;
}

export class Keys {
  readonly #hosts = new Map<string, Host>();
  #named: Promise<string> | undefined;
  readonly #prefix: string;
  constructor(readonly world: World) {
    this.#prefix = (world.main.store as CacheStore).prefix;
    world.main.headOf = headOf;
    self.addEventListener('message', (event) => {
      const { data, ports } = event;
      if (data?.type !== 'keepfresh:partition') return;
      event.waitUntil(this.#name(String(data.name)).then(() => ports[0]?.postMessage(true)));
    });
  }

  /** The answer to a request whose key is more than its URL; nothing if it is no such request. */
  answer(event: FetchEvent, machine: Machine): Promise<Report> | undefined {
    const says = ask(machine, 'extras').split(' ');
    const [partition, body] = [says[PARTITION], says[BODY]];
    if (!partition && !body) return undefined;
    machine.free();
    return this.#answer(event, partition, body);
  }

  async #answer(event: FetchEvent, by: string | undefined, body: string | undefined): Promise<Report> {
    const { request } = event;
    const partition = by ? await this.#partitionOf(request, by) : '';
    // Whose it is nobody has said: it is nobody's to keep.
    if (partition === undefined) return sent(this.world.main, request, 'partition');
    const host = partition ? await this.#host(partition) : this.world.main;
    if (!body) return this.#follow(event, host);
    const digest = await digestOf(request.clone(), body);
    if (digest[0] === '#') return this.#follow(event, keyed(host, request, digest), `# ${digest.slice(1)}`);
    if (digest === 'body') return sent(host, request, 'body');
    // What may have changed something is followed by nothing that was stored before, or asked for.
    const report = await sent(host, request, 'method');
    const urls = [`${request.url.split(/[?#]/, 1)[0]}/.keepfresh-body/*`];
    await forget(host, { urls, tags: [] });
    return report;
  }

  #follow(event: FetchEvent, host: Host, digest = ''): Promise<Report> {
    return this.world.follow(event, host, digest) ?? sent(host, event.request, 'route');
  }

  /** Forgets what partitions hold, or all of them that are named. Gives how many keys that were. */
  async forget({ partitions = [], ...what }: Told): Promise<number> {
    let count = 0;
    for (const name of partitions) count += await this.#drop(await idOf(`*${name}`));
    for (const id of await this.#ids()) count += await forget(await this.#host(id), what);
    return count;
  }

  /** What a request's responses are kept with; nothing if the page has not said. */
  async #partitionOf(request: Request, by: string): Promise<string | undefined> {
    if (by !== '*') return idOf(`${by}: ${request.headers.get(by) ?? ''}`);
    const read = async () =>
      (await (await caches.match(NAME, { cacheName: `${this.#prefix}partition` }))?.text()) ?? '';
    const name = await (this.#named ??= read().catch(() => ''));
    return name ? idOf(`*${name}`) : undefined;
  }

  async #name(name: string): Promise<void> {
    this.#named = Promise.resolve(name);
    const cache = await caches.open(`${this.#prefix}partition`);
    await (name ? cache.put(NAME, new Response(name)) : cache.delete(NAME));
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
    return this.#hosts.get(id) ?? this.#open(id);
  }

  /** The browser's own cache does not know of partitions: the origin server is asked. */
  #open(id: string): Host {
    const host = this.world.open(id);
    const { send } = host;
    Object.assign(host, { headOf, send: (request: Request, fields: Headers) => send(request, fields, true) });
    this.#hosts.set(id, host);
    return host;
  }

  /** Throws a partition away, with what is under way to it. */
  async #drop(id: string): Promise<number> {
    const host = this.#hosts.get(id) ?? this.world.open(id);
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

/** What the network alone says. */
async function sent(host: Host, request: Request, why: string): Promise<Report> {
  const status = `keepfresh; fwd=${why === 'method' ? why : `bypass; detail=${why}`}`;
  return { response: await host.send(request, new Headers(), true), from: 'network', age: '', status };
}
