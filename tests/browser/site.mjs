// A site of its own for each story: built by the command-line program from an edited copy of a folder, and served by it.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/run.mjs';
import { freePort, removeFolder, start, stop, temporaryFolder } from './processes.mjs';
import { until } from './until.mjs';

export const FIXTURE = fileURLToPath(new URL('fixture', import.meta.url));

/** The page's entry of the npm package, which the fixture's script imports. */
const WINDOW = join(ROOT, 'pkg', 'window.js');

/**
 * Builds a folder and serves it.
 *
 * @param folder what to build. Default: the fixture.
 * @param edits see {@link Site.deploy}.
 */
export async function makeSite({ folder = FIXTURE, edits = {} } = {}) {
  const site = new Site(temporaryFolder('site'), await freePort());
  try {
    cpSync(folder, site.src, { recursive: true });
    if (folder === FIXTURE) cpSync(WINDOW, join(site.src, 'js', 'window.js'));
    await site.deploy(edits);
    await site.start();
    return site;
  } catch (error) {
    await site.close();
    throw error;
  }
}

class Site {
  #port;
  /** When something was written into the folder that is served, in milliseconds. */
  #changed = 0;
  #root;
  #server;

  constructor(root, port) {
    this.#port = port;
    this.#root = root;
    this.src = join(root, 'src');
    this.dist = join(root, 'dist');
  }

  /** The absolute URL of a path of this site. */
  url(path = '') {
    return new URL(path, `http://localhost:${this.#port}/`).href;
  }

  /** Where a file of the folder is in what was built: under its fingerprinted name, if it has one. */
  built(path) {
    return this.#manifest().files[path].url;
  }

  /** Names what was built latest. */
  get version() {
    return this.#manifest().version;
  }

  /**
   * Edits the folder and builds it into the place of what was built before.
   *
   * @param edits paths with what becomes of the file: its text, or a function that makes the new text of the old; or,
   *   in the place of all that, one function that is given the text and the path of every file.
   * @param atOnce for servers whose validators are digests.
   */
  async deploy(edits, { atOnce = false } = {}) {
    const all = typeof edits === 'function';
    const paths = all ? textFiles(this.src) : Object.keys(edits);
    for (const path of paths) {
      const file = join(this.src, path);
      const edit = all ? edits : edits[path];
      const text = typeof edit === 'function' ? edit(readFileSync(file, 'utf8'), path) : edit;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    if (!atOnce) await this.#nextSecond();
    await promisify(execFile)(program(), ['build', this.src, '--out', this.dist]);
    this.#changed = Date.now();
  }

  /** Changes what is served under a path, behind the build's back. */
  async replace(path, text) {
    await this.#nextSecond();
    this.remove(path); // It may be one file under two names, and only one of them is meant.
    writeFileSync(join(this.dist, path), text);
    this.#changed = Date.now();
  }

  /** Removes what is served under a path, behind the build's back. */
  remove(path) {
    rmSync(join(this.dist, path));
  }

  /** Removes what the next build will not find any more. */
  removeSource(path) {
    rmSync(join(this.src, path));
  }

  /** Starts the server again, on the port that it had. */
  async start() {
    this.#server = start(program(), ['serve', this.dist, '--port', String(this.#port), '--log']);
    const { child, lines } = this.#server;
    await until('the server to say where it is', () => {
      if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}: ${lines.join('\n')}`);
      return lines.some((line) => line.startsWith('http://localhost:'));
    });
  }

  /** Ends the server: whoever fetches something is offline. */
  async stop() {
    if (this.#server) await stop(this.#server);
    this.#server = undefined;
  }

  /** What the server was asked for since the last time that this was called, as `GET /path 200`. */
  async requests() {
    // The log is read a little later than it is written; when this request is in it, all before it are.
    const path = `/${randomUUID()}`;
    // With a connection of its own: one that is kept may be to a server that was stopped meanwhile.
    await new Promise((resolve, reject) =>
      get(this.url(path), { agent: false }, (answer) => resolve(answer.resume())).on('error', reject),
    );
    const last = `GET ${path} 404`;
    const { lines } = this.#server;
    await until('the log of the server', () => lines.includes(last));
    const asked = lines.splice(0, lines.indexOf(last) + 1).slice(0, -1);
    return asked.filter((line) => /^[A-Z]+ \//.test(line));
  }

  async close() {
    await this.stop();
    removeFolder(this.#root);
  }

  #manifest() {
    return JSON.parse(readFileSync(join(this.dist, 'keepfresh.json'), 'utf8'));
  }

  /** Validators are in whole seconds (`Last-Modified`): what changes twice within one looks unchanged. */
  async #nextSecond() {
    const second = (time) => Math.floor(time / 1000);
    await until('the clock to go on', () => second(Date.now()) > second(this.#changed));
  }
}

/** The program under test: the one that the environment names, or else the latest kind that was built. */
function program() {
  const built = ['release', 'debug'].map((profile) => join(ROOT, 'target', profile, 'keepfresh'));
  const found = process.env.KEEPFRESH_BIN ?? built.find((path) => existsSync(path));
  if (!found) throw new Error('there is no keepfresh program: run `npm run build`, or name one in KEEPFRESH_BIN');
  return found;
}

function textFiles(folder) {
  const paths = readdirSync(folder, { recursive: true });
  return paths.filter((path) => /\.(css|html|js|json|mjs|svg|webmanifest)$/.test(path));
}
