// Serves one site for every subject, each on an origin of its own and with its own `sw.js`.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
};
const FOR_EVER = 'public, max-age=31536000, immutable';

/** Whether it is a script that a worker consists of. Browsers look for an update of it when they like. */
const isOfWorker = (file, { headers }) =>
  file === '/sw.js' || (headers['sec-fetch-dest'] === 'script' && headers.referer?.endsWith('/sw.js'));

/**
 * Serves `folder` with `worker` as its `/sw.js`; every answer takes `delay` milliseconds.
 *
 * `assetRequests()` counts what was asked for besides pages and the worker, so that a measurement can make sure
 * that nothing came from here. The origin is a host, not only a port, of its own: Chromium starts workers in any
 * process that has a page of the same site, and ports do not tell sites apart.
 */
export async function serve({ folder, name, worker, delay = 0 }) {
  const site = { folder, worker };
  let assetRequests = 0;
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const file = path.endsWith('/') ? `${path}index.html` : path;
    if (extname(file) !== '.html' && !isOfWorker(file, request)) assetRequests += 1;
    if (delay) await pause(delay);
    const body = file === '/sw.js' ? site.worker : await readFile(join(site.folder, file)).catch(() => undefined);
    if (!body) return response.writeHead(404, { 'Cache-Control': 'no-store' }).end();
    response.writeHead(200, {
      'Cache-Control': file.includes('.kf.') ? FOR_EVER : file.startsWith('/lists/') ? 'max-age=86400' : 'no-cache',
      'Content-Length': body.length,
      'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    });
    response.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    assetRequests: () => assetRequests,
    /** From now on, serves another release. */
    deploy: (folder, worker) => Object.assign(site, { folder, worker }),
    origin: `http://${name}.localhost:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
