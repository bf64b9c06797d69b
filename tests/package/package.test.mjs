// The npm package as a consumer gets it: packed, installed into a project, imported by a worker that somebody wrote by
// hand. Once as a module worker that a browser loads as it is, once bundled by Vite.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { ROOT } from '../cli/run.mjs';

const FLAGS =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.ts': 'text/plain' };

/** What somebody writes who has servers, with the types of what they have. */
const FOR_SERVERS = `
import Fastify from 'fastify';
import { Hono } from 'hono';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createClient, createClientPool, createCluster } from 'redis';
import { edgeCache, fromOrigins } from 'keepfresh/edge';
import { cachingFetch, fileStore, fromOrigins as inNode, memoize, redisStore, serverCache } from 'keepfresh/node';

const store = redisStore({ client: await createClient().on('error', console.warn).connect() });
redisStore({ client: createCluster({ rootNodes: [] }) });
redisStore({ client: createClientPool() });
await cachingFetch({ shared: true, store }).invalidate({ origin: 'https://a.example', groups: ['x'] });
cachingFetch({ store: fileStore({ folder: 'x' }) });
const rooms = memoize(async (hotel: number, day?: string) => ({ hotel, day }), {
  name: 'rooms',
  seconds: 1,
  groups: (hotel, day) => [String(hotel), day ?? ''],
});
const { hotel }: { hotel: number } = await rooms(1);
const cache = serverCache();
createServer(cache.listener((request, response) => response.end(request.url)));
createSecureServer({}, cache.listener((request, response) => response.end(request.url)));
await Fastify().register(cache.fastify);
const app = new Hono();
app.use(cache.hono(app));
const edge = edgeCache();
const files = { 'a.css': { url: 'a.kf.0123.css', integrity: 'sha256-x', bytes: 1, immutable: true }, 'b.html': { url: 'b.html', integrity: 'sha256-x', bytes: 1 } };
const manifest = { version: '1', files, written: { 'sw.js': { integrity: 'sha256-x', bytes: 1 } } };
export const held = edge.handler(fromOrigins({ origins: ['https://a.example'], manifests: [manifest], fetch }));
cachingFetch({ fetch: async (input, init) => inNode({ origins: ['https://a.example'] })(new Request(input, init)) });
export default { fetch: edge.handler((request: Request, env: { ORIGIN: string }) => fetch(env.ORIGIN + request.url + hotel)) };
`;

const folder = mkdtempSync(join(tmpdir(), 'keepfresh-package-'));
const consumer = join(folder, 'consumer');
let browser;

before(async () => {
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const packed = files.map((file) => file.path).sort();
  for (const path of [
    'pkg/service-worker.js',
    'pkg/service-worker.d.ts',
    'pkg/window.js',
    'pkg/window.d.ts',
    'pkg/edge.js',
    'pkg/edge.deno.js',
    'pkg/keepfresh.wasm',
    'pkg/LICENSE-srvx',
    'pkg/keepfresh.schema.json',
    'README.md',
  ]) {
    assert.ok(packed.includes(path), `${path} is not in the package: ${packed}`);
  }
  assert.ok(!packed.some((path) => /^(src|www|tests|target)\//.test(path)), String(packed));
  cpSync(join(ROOT, 'tests/package/consumer'), consumer, { recursive: true });
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--offline', '--no-save', join(folder, filename)], {
    cwd: consumer,
    stdio: 'ignore',
  });
  // The bundler and the type checker are the project's own; a consumer would have installed them.
  mkdirSync(join(consumer, 'node_modules', '.bin'), { recursive: true });
  mkdirSync(join(consumer, 'node_modules', '@types'));
  for (const name of ['vite', 'typescript', 'redis', 'fastify', 'hono', '@types/node']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(consumer, 'node_modules', name));
  }
  browser = await chromium.launch({
    executablePath: execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
    args: FLAGS.split(' '),
  });
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What is used of Express, whose types are a package of their own. */
const EXPRESS = `declare module 'express' {
  type Listener = (request: never, response: any) => unknown;
  export default function express(): { use(one: (...given: any[]) => unknown): void; get(path: string, one: Listener): void };
}`;

/** What the README's examples have of their reader. */
const GIVEN = `
declare const user: { id: string };
declare const progress: { value: number };
declare const model: { run(input: unknown): Promise<object> };
declare function freeRooms(): Promise<number>;
`;

test('the types say what can be passed', () => {
  const check = (text, lib = 'es2023,dom', ...others) => {
    writeFileSync(join(consumer, 'check.ts'), text);
    const args = [
      '--noEmit',
      '--strict',
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--lib',
      lib,
      '--target',
      'es2022',
      '--skipLibCheck',
      '--types',
      'node',
      '--resolveJsonModule',
      ...others,
      'check.ts',
    ];
    try {
      execFileSync(join(ROOT, 'node_modules/.bin/tsc'), args, { cwd: consumer, encoding: 'utf8' });
      return '';
    } catch (error) {
      return error.stdout;
    }
  };
  assert.equal(check(FOR_SERVERS), '');
  // As they are, without those of the DOM.
  const inNode = "import { cachingFetch } from 'keepfresh/node';\nexport const get: typeof fetch = cachingFetch();";
  assert.equal(check(inNode, 'es2023', '--skipLibCheck', 'false'), '');
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/^ *```js\n(.*?)^ *```/gms)];
  assert.ok(examples.length > 8);
  writeFileSync(join(consumer, 'dist.json'), JSON.stringify({ version: '1', files: {}, written: {} }));
  writeFileSync(join(consumer, 'express.d.ts'), EXPRESS);
  for (const [, example] of examples) {
    const text = GIVEN + example.replace('./dist/keepfresh.json', './dist.json');
    assert.equal(check(text, 'es2023,dom', 'express.d.ts'), '', example);
  }
  const start = "import { serveFromCache } from 'keepfresh/service-worker';\n";
  assert.equal(
    check(`${start}serveFromCache({ routes: [{ path: 'data/*', policy: 'network-first', maxAgeSeconds: 5 }] });`),
    '',
  );
  assert.match(check(`${start}serveFromCache({ routes: [{ policy: 'fastest' }] });`), /fastest/);
  assert.equal(
    check(
      "import { watchRequests } from 'keepfresh/window';\nwatchRequests((all) => all.map((one) => one.source.length))();",
    ),
    '',
  );
});

for (const { name, prepare } of [
  { name: 'a module worker, as it is', prepare: () => consumer },
  {
    name: 'a worker bundled by Vite',
    prepare: () => {
      execFileSync('node', [join(consumer, 'node_modules/vite/bin/vite.js'), 'build'], {
        cwd: consumer,
        stdio: 'ignore',
      });
      return join(consumer, 'dist');
    },
  },
]) {
  describe(name, () => {
    let server;
    let page;

    before(async () => {
      server = await serve(prepare());
      page = await (await browser.newContext()).newPage();
    });
    after(async () => {
      await page?.context().close();
      server?.close();
    });

    test('answers data from the cache, and pages when the server is gone', async () => {
      const origin = `http://localhost:${server.address().port}`;
      await page.goto(`${origin}/?worker=${name.includes('Vite') ? 'bundled' : 'plain'}`);
      await page.evaluate(() => navigator.serviceWorker.ready);
      await page.waitForFunction(() => navigator.serviceWorker.controller);
      await page.reload();
      const ask = () =>
        page.evaluate(async () => {
          const reply = await fetch('data/n.json');
          return [reply.headers.get('cache-status'), await reply.text()];
        });
      assert.deepEqual(await ask(), ['keepfresh; fwd=uri-miss; fwd-status=200; stored', '{"n":1}\n']);
      await page.waitForFunction(async () => {
        const reply = await fetch('data/n.json');
        return /^keepfresh; hit; ttl=\d+$/.test(reply.headers.get('cache-status'));
      });

      server.closeAllConnections();
      server.close();
      await page.reload();
      assert.equal(await page.textContent('h1'), 'A consumer');
      assert.match((await ask())[0], /^keepfresh; hit/);
    });
  });
}

test('options that mean nothing are an error that names them', async () => {
  const server = await serve(consumer);
  const page = await (await browser.newContext()).newPage();
  const messages = [];
  page.context().on('weberror', (error) => messages.push(String(error.error())));
  await page.goto(`http://localhost:${server.address().port}/`);
  const outcome = await page.evaluate(() =>
    navigator.serviceWorker.register('wrong.js', { type: 'module', scope: '/wrong/' }).then(String, String),
  );
  assert.match(outcome, /ServiceWorker script evaluation failed|TypeError/);
  await page.context().close();
  server.close();
});

/** Serves a folder as the simplest of hosts would. */
function serve(root) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const file = join(root, path.endsWith('/') ? `${path}index.html` : path);
    try {
      const fields = { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' };
      if (path.startsWith('/data/')) fields['cache-control'] = 'max-age=600';
      const body = readFileSync(file);
      response.writeHead(200, fields).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
