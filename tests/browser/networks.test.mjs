// Servers and networks that give an update no fault of their own would explain: nodes of two releases behind one name, login pages,
// proxies that rewrite, parts where all was asked for, connections that are reset at any byte.

import { after, describe } from 'node:test';
import { extname } from 'node:path';
import { behind } from './dying.mjs';
import { inBrowser } from './cases.mjs';
import { coin, give, KINDS, live, pathOf, start, typeOf } from './deploys.mjs';
import { chosenEngines } from './engines.mjs';

/** A server whose answers are these, where they are any. */
const answering = (answers) => Object.assign(() => undefined, { answers });

/** Nodes of two releases: `isOld` tells of each request whether the one before answers it. */
const nodes = (isOld) =>
  answering(({ before }, request, response) => {
    const path = pathOf(request);
    return isOld(path) && give(response, path, before.get(path));
  });

const turns = (next) => () => (next = !next);
const isWorker = (path) => path === '/sw.js';

/** A mood that a server is in every other time that it is asked for a path. */
const everyOther = (mood) => {
  const well = new Set();
  return (path) => !isWorker(path) && (well.delete(path) ? false : (well.add(path), mood));
};

/** A network that wants people to log in, at this origin. */
const login = answering((_, request, response) => {
  const path = pathOf(request);
  if (path === '/login') return give(response, '/login.html', Buffer.from('<!doctype html><title>Log in</title>'));
  if (isWorker(path)) return false;
  return (response.writeHead(302, { location: '/login' }).end(), true);
});

/** A proxy that adds to what it lets through. */
const rewritten = (pattern) => (path) =>
  pattern.test(path) && ((bytes) => Buffer.concat([bytes, Buffer.from('<!-- a proxy was here -->')]));

/** A server that gives a part where all is asked for: up to what `end` makes of the length. */
const parts = (end) =>
  answering(({ now }, request, response) => {
    const path = pathOf(request);
    const bytes = now.get(path);
    if (isWorker(path) || !bytes) return false;
    const part = bytes.subarray(0, end(bytes.length));
    return give(response, path, part, 206, { 'content-range': `bytes 0-${part.length - 1}/${bytes.length}` });
  });

/** A connection that is reset at a byte of what a pattern names; `lies` about what comes behind it. */
const resets = (pattern, at, lies) => {
  let count = 0;
  return answering(({ now }, request, response) => {
    const path = pathOf(request);
    const bytes = now.get(path);
    if (!bytes || !pattern.test(path)) return false;
    const [, begin] = /^bytes=(\d+)-$/.exec(request.headers.range) ?? [];
    if (count++ === 0) {
      response.writeHead(200, { 'content-type': typeOf(path), 'content-length': bytes.length });
      response.write(bytes.subarray(0, at % bytes.length), () => setTimeout(() => request.socket.destroy(), 20));
      return true;
    }
    if (begin === undefined) return false;
    const rest = bytes.subarray(Number(begin)).map((byte) => (lies ? byte ^ 1 : byte));
    return give(response, path, rest, 206, { 'content-range': `bytes ${begin}-${bytes.length - 1}/${bytes.length}` });
  });
};

/** Each file as the next one of its type. (As itself without end is what a worker would run on that is given as that.) */
const shuffled = answering(({ now }, request, response) => {
  const path = pathOf(request);
  const same = [...now.keys()].filter((name) => extname(name) === extname(path) && !isWorker(name));
  const other = same[(same.indexOf(path) + 1) % same.length];
  return !isWorker(path) && now.has(path) && give(response, path, now.get(other));
});

/** The script for a worker to which the caches refuse something. */
const refuses = (name, test) => `{
  const real = CacheStorage.prototype.${name};
  CacheStorage.prototype.${name} = function (...args) {
    return ${test} ? Promise.reject(new DOMException('no', 'UnknownError')) : real.apply(this, args);
  };
}
`;

const SEEDS = process.env.KEEPFRESH_FAULTS === 'all' ? 30 : 6;
const named = (all, nameOf, caseOf) => Object.fromEntries(all.map((one) => [nameOf(one), () => caseOf(one)]));

/** What makes each case anew, by its name. */
const CASES = {
  ...named(
    Array.from({ length: SEEDS }, (_, n) => n + 1),
    (seed) => `nodes of two releases, seed ${seed}`,
    (seed) => nodes(coin(seed)),
  ),
  'nodes of two releases by turns, the old one first': () => nodes(turns(false)),
  'nodes of two releases by turns': () => nodes(turns(true)),
  'the new worker and the old rest': () => nodes((path) => !isWorker(path)),
  'the new worker and list, and the old rest': () => nodes((path) => !/sw\.js|list/.test(path)),
  'a login page': () => login,
  'a proxy that rewrites the worker': () => rewritten(/^\/sw\.js$/),
  'a proxy that rewrites what the worker runs on': () => rewritten(/^\/keepfresh\/.*\.js$/),
  'a proxy that rewrites all text': () => rewritten(/^\/(?!sw).*\.(css|html|js|txt|update)$/),
  'a part for all': () => parts((length) => length >> 1),
  'all as a part': () => parts((length) => length),
  'each as another': () => shuffled,
  'no content': () => (path) => !isWorker(path) && 204,
  ...named(
    [404, 'text/plain', { 'content-encoding': 'gzip' }, 'cut', 'break'],
    (mood) => `${JSON.stringify(mood)} every other time`,
    everyOther,
  ),
  'no cache may be opened': () => behind(refuses('open', 'true')),
  'no cache of pages may be opened': () => behind(refuses('open', '/pages/.test(args[0])')),
  'no cache of assets may be opened': () => behind(refuses('open', '/assets/.test(args[0])')),
  'nothing may be found': () => behind(refuses('match', 'true')),
  'no names of caches may be had': () => behind(refuses('keys', 'true')),
  ...named(
    [1, 2, 7, 33, 100, 101],
    (at) => `a reset of the update at ${at}`,
    (at) => resets(/\.update$/, at),
  ),
  'a reset of the update, and another end': () => resets(/\.update$/, 50, true),
};

const ENGINES = chosenEngines();

for (const [turn, engine] of ENGINES.entries()) {
  describe(engine, { timeout: 3_600_000 }, () => {
    const { browser, it } = inBrowser(engine);
    // Each engine lives through every so-manyth (KEEPFRESH_FAULTS=all: through all), and with the other kind through others.
    const step = process.env.KEEPFRESH_FAULTS === 'all' ? 1 : 2 * ENGINES.length;
    let cases = 0;
    after(() => console.log(`${engine}: ${cases} updates, none with a mixed, a lost or a stuck version`));

    for (const [place, kind] of Object.keys(KINDS).entries())
      it(`${kind}: an update from strange servers`, { timeout: 900_000 }, async (t) => {
        const there = await start(browser.driver, t, kind);
        const mine = Object.entries(CASES).filter((_, n) => n % step === (2 * turn + place) % step);
        for (const [name, wrong] of mine) {
          cases += 1;
          await live(there, name, wrong());
        }
      });
  });
}
