// An origin server that changes, is slow and fails, and what it has sent: so that whatever a cache gives can be judged.

/** Numbers that look random, the same for each seed (mulberry32). */
export function randomly(seed) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit) => Math.floor(next() * limit);
  return { below, chance: (share) => next() < share, pick: (list) => list[below(list.length)] };
}

/** Waits for up to so many turns of the event loop. */
export async function turns({ below }, most) {
  for (let left = below(most); left > 0; left--) await new Promise(setImmediate);
}

/** How a resource tells its states apart. */
const KINDS = [
  { vary: 'x', tag: (x, version) => `"${x}-${version}"` },
  { vary: 'x', tag: (x, version) => `W/"${version}"` },
  { vary: '', tag: (x, version) => `"${version}"` },
  { vary: 'x', tag: () => undefined },
];
const TERMS = [
  'max-age=0',
  'no-cache',
  'max-age=60',
  'max-age=3, stale-while-revalidate=5',
  'max-age=0, must-revalidate',
  'private, max-age=5',
];

const seconds = (terms, name) => Number(new RegExp(`${name}=(\\d+)`).exec(terms)?.[1] ?? 0);

export class World {
  now = Date.parse('2026-01-01');
  /** Counts what happens. */
  moment = 0;
  faults = [];

  /** @param isShared whether some resources have something else for each user. */
  constructor(random, isShared) {
    this.random = random;
    this.resources = [0, 1, 2, 3].map((number) => ({
      url: `https://${'ab'[number % 2]}.example/${number}`,
      kind: random.pick(KINDS),
      terms: random.pick(TERMS),
      group: random.pick(['one', 'two']),
      isPersonal: isShared && random.chance(0.3),
      version: 1,
      /** When each state was sent last, to whom. */
      sent: new Map(),
      /** When the last invalidation of it began that is over. */
      gone: 0,
    }));
  }

  bodyOf({ url, kind }, x, version, user) {
    return `${url}|${kind.vary ? x : ''}|${version}|${user}|`.padEnd(40 + ((version * 7) % 30), 'abcdefghij');
  }

  #keyOf({ kind, isPersonal }, x, version, user) {
    return [kind.vary ? x : '', version, isPersonal ? user : ''].join('|');
  }

  /** Answers a request. */
  async answer(request) {
    const { random } = this;
    const resource = this.resources.find(({ url }) => url === request.url);
    const { kind, terms, group, isPersonal } = resource;
    await turns(random, 20);
    if (random.chance(0.05)) throw new TypeError('the network is away');
    if (random.chance(0.03)) return new Response('error', { status: random.pick([404, 500, 503]) });
    if (request.method === 'POST') {
      resource.version += 1;
      return new Response(null, { status: 204 });
    }
    const { version } = resource;
    const x = request.headers.get('x');
    const user = isPersonal ? request.headers.get('authorization') : '';
    resource.sent.set(this.#keyOf(resource, x, version, user), { moment: ++this.moment, at: this.now });
    await turns(random, 20);
    const tag = kind.tag(x, version);
    const headers = new Headers({ 'cache-control': terms, 'cache-groups': `"${group}"` });
    if (tag) headers.set('etag', tag);
    if (kind.vary) headers.set('vary', kind.vary);
    const known = request.headers.get('if-none-match')?.split(', ') ?? [];
    if (known.includes(tag) && !isPersonal) {
      if (random.chance(0.2)) headers.delete('etag');
      return new Response(null, { status: 304, headers });
    }
    const body = this.bodyOf(resource, x, version, user);
    if (request.method === 'HEAD') return new Response(null, { headers });
    const isPart = request.headers.has('range') && !request.headers.has('if-range');
    if (isPart) headers.set('content-range', `bytes 5-9/${body.length}`);
    return new Response(this.#slowly(isPart ? body.slice(5, 10) : body), { status: isPart ? 206 : 200, headers });
  }

  /** A body in pieces; some break off. */
  #slowly(text) {
    const { random } = this;
    const isCut = random.chance(0.03);
    let at = 0;
    return new ReadableStream({
      async pull(controller) {
        await turns(random, 4);
        if (isCut && at > 0) return controller.error(new Error('broken off'));
        if (at >= text.length) return controller.close();
        controller.enqueue(new TextEncoder().encode(text.slice(at, at + 17)));
        at += 17;
      },
    });
  }

  /** What is known when a request begins. */
  begin({ version, gone }) {
    return { moment: ++this.moment, now: this.now, version, gone };
  }

  /** Judges an answer to a request that began so. */
  judge(resource, { x, user, mode, range }, began, { status, headers }, text) {
    const { kind, terms, isPersonal, sent } = resource;
    const outcome = headers.get('cache-status') ?? '';
    const fault = (what) => this.faults.push(`${what}: ${resource.url} ${terms} x=${x} ${mode} ${outcome} ${text}`);
    if (status === 206 && range) {
      const version = Number(/(\d+)"$/.exec(headers.get('etag') ?? '')?.[1]);
      const whole = this.bodyOf(resource, x, version, isPersonal ? user : '');
      if (version && text !== whole.slice(5, 10)) fault('a part of something else');
      return;
    }
    if (status !== 200) return void ([404, 500, 503, 504].includes(status) || fault(`a status of ${status}`));
    const [url, ofX, ofVersion, ofUser] = text.split('|');
    const version = Number(ofVersion);
    if (url !== resource.url || text !== this.bodyOf(resource, ofX, version, ofUser)) return fault('a garbled body');
    if (kind.vary && ofX !== x) return fault('another variant');
    if (isPersonal && ofUser !== user) return fault("another user's");
    if ((kind.tag(x, version) ?? null) !== headers.get('etag')) return fault('the tag of something else');
    if (version >= began.version) return;
    const last = sent.get(this.#keyOf(resource, x, version, user));
    if (last.moment > began.moment) return;
    if (last.moment < began.gone) return fault('what was invalidated');
    // What is better than nothing, and says so.
    if (/detail=offline/.test(outcome) && !/no-cache|must-revalidate/.test(terms)) return;
    if (mode !== 'default') return fault('what is old, for who wants it new');
    const lifetime = seconds(terms, 'max-age') + seconds(terms, 'stale-while-revalidate');
    // Ages are in whole seconds, of the way and of the rest.
    const isOld = began.now - last.at >= 1000 * lifetime + (lifetime && 2000);
    if (terms === 'no-cache' || isOld) fault('what is too old');
  }
}
