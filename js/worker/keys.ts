// Requests whose key is more than a URL: whose they are (`partition` of a route), and what they say in their bodies that
// they ask for (`keyBody`).

import { bodiesOf, digestOf, keyed } from './bodied.js';
import { type Forget, forget } from '../host/forgets.js';
import type { Host, Report } from '../host/host.js';
import { ask } from '../host/machine.js';
import { BODY, PARTITION } from '../host/extras.js';
import { Partitions } from './partitions.js';
import type { Machine } from '../../target/wasm/keepfresh.js';

/** What the worker does for this part. */
export interface World {
  /** What serves all other routes. */
  main: Host;
  /** Makes the host of a partition. */
  open(partition: string): Host;
  /** Begins a request whose body has a digest. */
  begin(request: Request, digest: string): Machine | undefined;
  follow(event: FetchEvent, host: Host, machine: Machine): Promise<Report>;
}

export class Keys {
  readonly #partitions: Partitions;

  constructor(readonly world: World) {
    this.#partitions = new Partitions(world.main, world.open);
  }

  /** The answer to a request whose key is more than its URL; nothing if it is no such request. */
  answer(event: FetchEvent, machine: Machine): Promise<Report> | undefined {
    const says = ask(machine, 'extras').split(' ');
    const [partition, body] = [says[PARTITION], says[BODY]];
    return partition || body ? this.#answer(event, machine, partition, body) : undefined;
  }

  async #answer(event: FetchEvent, machine: Machine, by?: string, body?: string): Promise<Report> {
    const { request } = event;
    const { main, begin, follow } = this.world;
    const host = by ? await this.#partitions.of(request, by) : main;
    if (!body) return follow(event, host, machine);
    const digest = await digestOf(request.clone(), body);
    const own = digest[0] === '#' && begin(request, `# ${digest.slice(1)}`);
    if (own) {
      machine.free();
      return follow(event, keyed(host, request, digest), own);
    }
    const report = await follow(event, host, machine);
    // What may have changed something is followed by nothing that was stored before, or asked for.
    const all = { urls: [bodiesOf(request.url)], tags: [] };
    if (digest === 'operation')
      await forget(host, all).catch((error) => host.warn('nothing could be forgotten', error));
    return report;
  }

  /** Forgets what partitions hold, or all of those that are named. Gives how many keys that were. */
  forget(what: Forget & { partitions?: string[] }): Promise<number> {
    return this.#partitions.forget(what);
  }
}
