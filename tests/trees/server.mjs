// A plain static server. One address shows two folders, one after the other, so that nothing that a page makes of its
// own address can differ.

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/**
 * Starts a server.
 *
 * @param base the path under which the folder stands
 * @returns its `origin`, `show(folder)`, `close`, and `log`: what was asked for since the last `show`, each
 *   `{path, status}`, `path` relative to the folder where it is below the base.
 */
export async function startServer(base = '/') {
  let root;
  let log = [];
  const server = createServer(({ url }, response) => {
    const path = pathOf(url);
    const below = path.startsWith(base) ? path.slice(base.length) : path;
    const file = path.startsWith(base) && root && fileOf(root, below);
    log.push({ path: below, status: file ? 200 : 404 });
    if (!file) return response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-length': statSync(file).size,
      'access-control-allow-origin': '*',
    });
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://localhost:${server.address().port}`,
    show(folder) {
      root = folder;
      log = [];
    },
    log: () => log,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pathOf(url) {
  try {
    return decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return url; // Not well encoded: no file is called that.
  }
}

/** The file that a path names; of a folder its index. */
function fileOf(root, path) {
  const file = normalize(join(root, path));
  if (file !== root && !file.startsWith(root + sep)) return undefined;
  const candidates = [file, join(file, 'index.html')];
  return candidates.find((one) => existsSync(one) && statSync(one).isFile());
}
