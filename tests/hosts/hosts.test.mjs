// One policy, many hosts: every host answers every request of the table as the policy says, by its own rules.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { library, server } from './install.mjs';
import { cloudflare, DEFAULT, firebase, headersFile, netlify, vercel } from './rules.mjs';
import { start } from './servers.mjs';
import { build, SITES } from './site.mjs';
import { ABSENT, KEPT, TABLE } from './table.mjs';

/** Each: how it is run, why it cannot be, whether it reads rules that a site brings, and what it may say beside `no-cache`. */
const HOSTS = {
  nginx: { start, skip: server('nginx').reason },
  apache: { start, skip: server('apache').reason, own: true },
  caddy: { start, skip: server('caddy').reason },
  vercel: { rules: vercel, skip: library('path-to-regexp').reason, own: true },
  firebase: { rules: firebase, skip: library('minimatch').reason },
  cloudflare: { rules: cloudflare, own: true, asks: [DEFAULT] },
  netlify: { rules: netlify, own: true, asks: [DEFAULT] },
};

const folder = mkdtempSync(join(tmpdir(), 'keepfresh-hosts-'));
// A server runs as somebody else, and temporary folders are their owner's alone.
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
for (const [name, site] of Object.entries(SITES)) {
  describe(name, () => {
    const built = join(folder, `site-${++count}`);
    let made;
    before(() => {
      mkdirSync(built);
      made = build(built, site);
    });

    for (const [hostName, host] of Object.entries(HOSTS)) {
      describe(hostName, { skip: host.skip ?? false }, () => {
        let running;
        before(async () => {
          running = host.start
            ? await host.start(hostName, made, join(built, hostName))
            : { ask: host.rules(made), stop() {} };
        });
        after(() => running?.stop());
        for (const [what, path, cache, further] of TABLE) {
          if (cache !== ABSENT && site.isLeftOut?.(path)) continue;
          const skip = unknowable(hostName, site, path, cache) ?? false;
          test(what, { skip }, async () => {
            const url = made.url(path);
            const isOurs = WRITTEN.includes(path);
            check({ host, site, base: made.base, url, isOurs, cache, further, ...(await running.ask(url)) });
          });
        }
      });
    }

    test('the rules of `_headers` are short enough to be read, and few enough', () => {
      const rules = headersFile(made);
      assert.ok(rules.length <= 100, `${rules.length} rules`);
      assert.equal(new Set(rules.map(({ path }) => path)).size, rules.length, 'a path has one rule');
    });
  });
}

/** What a host has no means to be told, and why; the policy's second line holds there as well: slower, never wrong. */
function unknowable(host, { large, marked }, path, cache) {
  const reads = host === 'cloudflare' || host === 'netlify';
  if (!reads || !large) return undefined;
  if (cache === ABSENT) return 'a pattern cannot tell which files there are, and more rules are not taken';
  if (cache === KEPT && path.startsWith('@') && host === 'netlify') return 'its placeholders are whole segments';
  if (cache === KEPT && path.startsWith('@') && marked) return 'no pattern can tell them from names with a mark';
  if (cache === KEPT && path.startsWith('lib/')) return 'there are more such files than rules';
  return undefined;
}

const OURS = new Set(['cache-control', 'cdn-cache-control', 'use-as-dictionary', 'cache-groups', 'vary', 'x-own']);

/** What the build writes: of all else that keeps its name the site's own rules have the word. */
const WRITTEN = ['sw.js', 'keepfresh.json'];

function check({ host, site, base, url, isOurs, cache, further, status, headers }) {
  const said = Object.fromEntries(Object.entries(headers).filter(([name]) => OURS.has(name)));
  const told = `${url} ${status} ${JSON.stringify(said)}`;
  const one = (name) => {
    assert.ok((headers[name]?.length ?? 0) <= 1, `${name} is sent twice: ${told}`);
    return headers[name]?.[0];
  };
  const control = one('cache-control');
  if (cache === ABSENT) {
    assert.equal(status, 404, told);
    const age = Number(/max-age=(\d+)/.exec(control)?.[1] ?? 0);
    assert.ok(age <= 60 && !/immutable/.test(control ?? ''), `what is not there is kept: ${told}`);
    return;
  }
  // No host has to know a page without its extension.
  if (further.clean && status === 404) return;
  assert.equal(status, 200, told);
  if (cache === KEPT) assert.equal(control, 'public, max-age=31536000, immutable', told);
  else if (site.asks && host.own && !host.asks && !isOurs) assert.equal(control, site.asks, told);
  // Two rules that agree are as good as one.
  else assert.ok([...(host.asks ?? []), 'no-cache', 'no-cache, no-cache'].includes(control), told);

  // A file of patterns tells only pages apart, by their extension.
  const isCoarse = site.large && host.asks;
  const known = isCoarse ? { page: further.page && !further.clean } : further;
  const wanted = site.configured ? known : {};
  const match = wanted.match && `match="${base}${wanted.match}", match-dest=("${wanted.dest}")`;
  assert.equal(one('cdn-cache-control'), wanted.page ? 'max-age=60' : undefined, told);
  assert.equal(one('use-as-dictionary'), match, told);
  assert.equal(one('cache-groups'), wanted.groups, told);
  const vary = (one('vary') ?? '').toLowerCase().split(/\s*,\s*/);
  assert.equal(new Set(vary).size, vary.length, `Vary names a field twice: ${told}`);
  if (match) assert.ok(vary.includes('available-dictionary') && vary.includes('accept-encoding'), told);
  if (site.own && host.own) assert.equal(one('x-own'), 'yes', `a rule of the site's own is lost: ${told}`);
}
