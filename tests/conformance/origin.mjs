// The origin server of the tests. Each test has a URL space of its own below /test/ID; it is told beforehand what to
// answer there, and afterwards what it was asked. By method call, or over HTTP for those who are in a browser:
//
//   PUT /config/ID   the requests of a test: their `response_*` is what to answer
//   GET /state/ID    what it was asked so far
//
// Everything else is a file, so that a page, its worker and the tests have one origin and need no CORS.

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { answer } from './origin-answer.mjs';

const TYPES = {
  css: 'text/css',
  html: 'text/html',
  js: 'text/javascript',
  json: 'application/json',
  mjs: 'text/javascript',
};

/**
 * Opens an origin server on a port of its own.
 *
 * @param files what to serve beside the tests: paths with their `{ type, body }`.
 */
export async function openOrigin({ files = {} } = {}) {
  const origin = new Origin(files);
  await origin.listen();
  return origin;
}

/** The files of a folder, as an origin serves them below a prefix. */
export function filesOf(folder, prefix) {
  const names = readdirSync(folder).filter((name) => name.split('.').at(-1) in TYPES);
  const file = (name) => ({ type: TYPES[name.split('.').at(-1)], body: readFileSync(join(folder, name)) });
  return Object.fromEntries(names.map((name) => [`${prefix}/${name}`, file(name)]));
}

class Origin {
  #files;
  // Its time-out for idle connections stays Node's five seconds: the test of a stored Transfer-Encoding ends, within the
  // judge's ten, when the connection does.
  #server = createServer((request, response) => this.#route(request, response));
  #tests = new Map();

  constructor(files) {
    this.#files = files;
  }

  /** Its URL, without a slash at the end. */
  get url() {
    return `http://localhost:${this.#server.address().port}`;
  }

  /** Says what to answer below `/test/id`; whether nobody had said so before. */
  configure(id, requests) {
    if (this.#tests.has(id)) return false;
    // A copy: the answers are written into it.
    this.#tests.set(id, { id, requests: structuredClone(requests), received: [] });
    return true;
  }

  /** What was asked below `/test/id`, in the order of the answers. */
  state(id) {
    // The same as over HTTP, which has no NaN and nothing undefined.
    return JSON.parse(JSON.stringify(this.#tests.get(id)?.received ?? []));
  }

  listen() {
    return new Promise((resolve, reject) => this.#server.once('error', reject).listen(0, 'localhost', resolve));
  }

  close() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  async #route(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const [, place, id] = pathname.split('/');
    try {
      if (place === 'test') await answer(this.#tests.get(id), request, response);
      else if (place === 'config') send(response, await this.#configured(id, request));
      else if (place === 'state') send(response, { status: 200, body: JSON.stringify(this.state(id)) });
      else send(response, this.#files[pathname] ?? { status: 404 });
    } catch (error) {
      // What cannot be answered is a test that cannot be judged; the others go on.
      process.stderr.write(`origin: ${request.method} ${request.url}: ${error.stack}\n`);
      response.socket?.destroy();
    }
  }

  async #configured(id, request) {
    if (request.method !== 'PUT') return { status: 405 };
    return { status: this.configure(id, JSON.parse(await text(request))) ? 201 : 409 };
  }
}

function send(response, { status = 200, type = 'text/plain', body = '' }) {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(body);
}
