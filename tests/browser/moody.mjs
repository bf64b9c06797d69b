// A server that has its moods: what it does not give at once, breaks off, or sends elsewhere.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { freePort } from './processes.mjs';

const TYPES = { '.css': 'text/css', '.html': 'text/html', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

/**
 * Serves a folder; a mood is a promise to wait for, `break` (no answer), `redirect` (to the same under a query),
 * `elsewhere` (to a page of another origin, as networks do that want people to log in), a status
 * that is given in the place of the file, a type that it is sent as, fields that it has more, `cut` (half of it, and no more),
 * `silent` (nothing, for ever), `stuck` (half of it, and nothing for ever), `trickle` (a byte now and then), or a function that makes the bytes that are sent
 * out of those of the file. It is told the path, whether a worker asks, and the request.
 *
 * @param answers answers what is no file of the folder: true if it has.
 */
export async function serve(dist, mood, cacheControl = 'no-store', answers = undefined) {
  const respond = async (request, response) => {
    if (await answers?.(request, response)) return;
    const { pathname: path, search } = new URL(request.url, 'http://x');
    const isWorker = request.headers.referer?.endsWith('/sw.js');
    if (isWorker) state.byWorker.push(path);
    state.asked.push(path);
    state.now += 1;
    state.most = Math.max(state.most, state.now);
    response.on('close', () => (state.now -= 1));
    const what = await state.mood(path, isWorker, request);
    if (what === 'break') {
      state.broken += isWorker ? 1 : 0;
      return void request.socket.destroy();
    }
    if (what === 'silent') return;
    if (what === 'elsewhere') {
      const { port } = server.address();
      return void response.writeHead(302, { location: `http://127.0.0.1:${port}/index.html?login` }).end();
    }
    if (what === 'redirect' && !search) return void response.writeHead(302, { location: `${path}?to` }).end();
    if (typeof what === 'number') return void response.writeHead(what).end('<!doctype html>no');
    const file = join(dist, path.endsWith('/') ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    const body = typeof what === 'function' ? what(readFileSync(file)) : readFileSync(file);
    const headers = {
      'cache-control': cacheControl,
      etag: `"${createHash('sha256').update(body).digest('hex')}"`,
      'content-type':
        typeof what === 'string' && what.includes('/') ? what : (TYPES[extname(file)] ?? 'application/octet-stream'),
    };
    if (typeof what === 'object') Object.assign(headers, what);
    if (request.headers['if-none-match'] === headers.etag) return void response.writeHead(304, headers).end();
    if (what === 'trickle') {
      response.writeHead(200, { ...headers, 'content-length': body.length });
      let at = 0;
      const drop = setInterval(() => response.write(body.subarray(at, ++at)), 300);
      return void response.on('close', () => clearInterval(drop));
    }
    const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range) ?? [];
    if (start) {
      state.ranges.push([path, request.headers.range]);
      const range = `bytes ${start}-${body.length - 1}/${body.length}`;
      const rest = body.subarray(Number(start));
      return void response
        .writeHead(206, { ...headers, 'content-range': range, 'content-length': rest.length })
        .end(rest);
    }
    if (what === 'cut' || what === 'stuck') {
      response.writeHead(200, { ...headers, 'content-length': body.length });
      return void response.write(body.subarray(0, body.length >> 1), () => {
        if (what === 'cut') setTimeout(() => request.socket.destroy(), 200);
      });
    }
    response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
  };
  // A file may go in the moment in which it is read: that is no answer, and no fault of the next story.
  const server = createServer((request, response) => {
    respond(request, response).catch(() => request.socket.destroy());
  });
  // Under every name of this machine: another one is another origin.
  const own = await freePort();
  await new Promise((resolve) => server.listen(own, resolve));
  const state = {
    asked: [],
    byWorker: [],
    broken: 0,
    most: 0,
    now: 0,
    ranges: [],
    mood,
    port: server.address().port,
    url: `http://localhost:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
  return state;
}
