// Workers that are stopped: a script in front of a worker's own, after which nothing that it does has any effect any more, as
// if the browser had stopped it there. (Two of three engines cannot be told to.) The next request finds a worker that was
// started anew.

/** The mood of a server that gives a worker's script with another in front of it. */
export const behind = (front) => (path) => path === '/sw.js' && ((bytes) => Buffer.concat([Buffer.from(front), bytes]));

/** What a worker waits for, by the objects that have it. */
const AWAITED = {
  'CacheStorage.prototype': ['delete', 'has', 'keys', 'match', 'open'],
  'Cache.prototype': ['delete', 'keys', 'match', 'put'],
  'Clients.prototype': ['claim', 'matchAll'],
  'Response.prototype': ['arrayBuffer', 'json', 'text'],
  'SubtleCrypto.prototype': ['digest'],
  self: ['fetch'],
};

const wrapped = (wrap) =>
  Object.entries(AWAITED)
    .flatMap(([object, names]) => names.map((name) => `${wrap}(${object}, '${name}');`))
    .join('\n');

/** The script for a worker that is stopped when it has waited so many times, since it was started or since an event. */
export const stoppedAfter = (times, event) => `{
  let [count, isStopped, wasStopped] = [${event ? -Infinity : 0}, false, false];
  self.addEventListener('${event}', () => (count = 0));
  const stops = (object, name) => {
    const real = object[name];
    object[name] = function (...args) {
      if (!isStopped && count++ >= ${times}) isStopped = wasStopped = true;
      return isStopped ? Promise.reject(new Error('the worker was stopped')) : real.apply(this, args);
    };
  };
  ${wrapped('stops')}
  // A worker that is stopped does not wait.
  const wait = self.setTimeout;
  self.setTimeout = (act, time, ...rest) => wait.call(self, act, isStopped ? 0 : time, ...rest);
  self.addEventListener('fetch', () => ([count, isStopped] = [-Infinity, false]));
  self.addEventListener('message', ({ data, ports }) => data === 'was stopped?' && ports[0].postMessage(wasStopped));
}
`;

/** The script for a worker for which the so-many-th thing that it waits for before a page is asked for fails, and nothing else. */
export const brokenAt = (times) => `{
  let [count, wasBroken] = [0, false];
  const breaks = (object, name) => {
    const real = object[name];
    object[name] = function (...args) {
      if (count++ !== ${times}) return real.apply(this, args);
      wasBroken = true;
      return Promise.reject(new Error('it broke'));
    };
  };
  ${wrapped('breaks')}
  self.addEventListener('fetch', () => (count = Infinity));
  self.addEventListener('message', ({ data, ports }) => data === 'was stopped?' && ports[0].postMessage(wasBroken));
}
`;

/** The script for a worker that finds no room from the so-many-th entry on. */
export const fullAfter = (times) => `{
  let count = 0;
  const put = Cache.prototype.put;
  Cache.prototype.put = function (...args) {
    return count++ < ${times} ? put.apply(this, args) : Promise.reject(new DOMException('full', 'QuotaExceededError'));
  };
}
`;

/** The script for a worker on a device that has room for so many versions. */
export const roomFor = (versions) => `{
  const put = Cache.prototype.put;
  Cache.prototype.put = async function (...args) {
    const { length } = (await caches.keys()).filter((name) => name.includes(':pages:'));
    if (length > ${versions}) throw new DOMException('full', 'QuotaExceededError');
    return put.apply(this, args);
  };
}
`;

/** The script for a worker whose clock was set back by so many hours. */
export const setBack = (hours) => `{
  const now = Date.now;
  Date.now = () => now() - ${hours} * 3600e3;
}
`;

/**
 * The script for a worker whose clocks run so many times as fast as others: it waits for nothing as long as it would. Or for nothing
 * that takes `least` milliseconds.
 */
export const hurried = (times, least = 0) => `{
  const [wait, signal] = [self.setTimeout, AbortSignal.timeout];
  const hurry = (time) => (time >= ${least} ? time / ${times} : time);
  self.setTimeout = (act, time, ...rest) => wait.call(self, act, hurry(time), ...rest);
  AbortSignal.timeout = (time) => signal.call(AbortSignal, hurry(time));
}
`;

/**
 * The script for a worker whose store breaks when a page says so (`{ after, once }`): after so many calls, for one of them or
 * for all. It answers how many calls there were since it was last told, and how many of them broke.
 */
export const breakable = `{
  let [count, broken, after, once] = [0, 0, Infinity, false];
  const breaks = (object, name) => {
    const real = object[name];
    object[name] = function (...args) {
      const number = count++;
      const isBroken = once ? number === after : number >= after;
      broken += isBroken ? 1 : 0;
      return isBroken ? Promise.reject(new Error('the store is broken')) : real.apply(this, args);
    };
  };
  for (const name of ${JSON.stringify(AWAITED['CacheStorage.prototype'])}) breaks(CacheStorage.prototype, name);
  for (const name of ${JSON.stringify(AWAITED['Cache.prototype'])}) breaks(Cache.prototype, name);
  self.addEventListener('message', ({ data, ports }) => {
    if (data.breaks === undefined) return;
    ports[0].postMessage({ calls: count, broken });
    ({ after = Infinity, once = false } = data.breaks);
    count = broken = 0;
  });
}
`;

/**
 * The script for a worker whose databases fail when a page says so (`{ mood, after, once }`): after so many calls, for one of them
 * or for all. It answers how many of them failed since it was last told.
 */
export const moodyDatabases = `{
  let [count, hits, fails] = [0, 0, {}];
  const MOODS = {
    throws: () => { throw new DOMException('the database is broken', 'UnknownError'); },
    silent: () => new EventTarget(),
    aborts: (go) => {
      const request = go();
      request.transaction.abort();
      return request;
    },
    closed: (go, store) => {
      (store.objectStore ?? store).transaction.db.close();
      return go();
    },
  };
  for (const { prototype } of [IDBObjectStore, IDBIndex]) {
    for (const name of ['add', 'count', 'delete', 'get', 'getAll', 'getAllKeys', 'openCursor', 'put']) {
      const real = prototype[name];
      if (!real) continue;
      prototype[name] = function (...args) {
        const { mood, after, once } = fails;
        const number = count++;
        const go = () => real.apply(this, args);
        if (!mood || (once ? number !== after : number < after)) return go();
        hits += 1;
        return MOODS[mood](go, this);
      };
    }
  }
  self.addEventListener('message', ({ data, ports }) => {
    if (data.databases === undefined) return;
    ports[0].postMessage({ hits });
    [fails, count, hits] = [data.databases, 0, 0];
  });
}
`;

/** In the page: tells the worker, and gives its answer. */
export async function say(message) {
  const { active } = await navigator.serviceWorker.ready;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    active.postMessage(message, [port2]);
  });
}
