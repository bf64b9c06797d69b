// Drives Chromium over its debugging pipe, and so little of it that the driver does not show in the figures.
//
// Not through Playwright: it attaches a debugger to every service worker and holds each start until it has
// answered, which added 1.7 ms to a cold start of 10 ms and 0.6 ms to a warm answer of 2.3 ms.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { output, which } from '../../scripts/run.mjs';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // All subjects have a tab each; the one that is measured must not count as being in the background.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

/** Where Chromium is. Throws an Error that says how to get it. */
export function chromiumPath() {
  const path = which('chromium');
  if (!path) throw new Error('there is no chromium on PATH; install it (on Debian: `apt-get install chromium`)');
  return path;
}

/** What Chromium calls itself, with its version. */
export const chromiumVersion = () => output(chromiumPath(), ['--version'])?.match(/^\w+ [\d.]+/)?.[0] ?? 'Chromium';

/** Starts a browser process on a profile, calls `use` with it, and ends it whatever happens. */
export async function withChromium(profile, use) {
  const child = spawn(chromiumPath(), [...FLAGS, '--remote-debugging-pipe', `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const connection = connect(child);
  try {
    const result = await use({ newPage: (url) => newPage(connection, url) });
    // Asked rather than killed, so that it writes what it keeps for its next start (compiled scripts).
    connection.send('Browser.close').catch(() => {});
    await within(30, exit, 'Chromium did not end');
    return result;
  } finally {
    child.kill('SIGKILL');
    await exit;
  }
}

/** Commands and events as JSON, each ended by a zero byte. */
function connect(child) {
  const [toBrowser, fromBrowser] = [child.stdio[3], child.stdio[4]];
  const waiting = new Map();
  const listeners = new Set();
  let fault;
  let lastId = 0;
  let unread = '';

  fromBrowser.setEncoding('utf8').on('data', (text) => {
    const messages = (unread + text).split('\0');
    unread = messages.pop();
    for (const { id, result, error, ...event } of messages.map((message) => JSON.parse(message))) {
      if (!id) for (const listener of [...listeners]) listener(event);
      else if (error) waiting.get(id).reject(new Error(error.message));
      else waiting.get(id).resolve(result);
      waiting.delete(id);
    }
  });
  const fail = (error) => {
    fault = error;
    for (const { reject } of waiting.values()) reject(error);
  };
  toBrowser.on('error', () => {}); // The exit tells.
  child.once('error', fail).once('exit', () => fail(new Error('Chromium ended in the middle of a measurement')));

  return {
    listeners,
    send(method, params = {}, sessionId = undefined) {
      if (fault) return Promise.reject(fault);
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        toBrowser.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      });
    },
  };
}

/** Opens a tab and waits until its page has loaded. */
async function newPage({ listeners, send: sendTo }, url) {
  const { targetId } = await sendTo('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await sendTo('Target.attachToTarget', { targetId, flatten: true });
  const send = (method, params) => sendTo(method, params, sessionId);
  const on = (method, listener) =>
    listeners.add((event) => event.sessionId === sessionId && event.method === method && listener(event.params));

  let loaded = () => {};
  on('Page.loadEventFired', () => loaded());
  const load = async (method, params) => {
    const done = new Promise((resolve) => (loaded = resolve));
    await send(method, params);
    await within(60, done, `${url} did not load`);
  };
  await send('Page.enable');
  await load('Page.navigate', { url });

  return {
    on,
    send,
    reload: () => load('Page.reload'),
    /** Calls a function in the page, with arguments that JSON can carry, and waits for what it returns. */
    async call(f, ...args) {
      const expression = `(${f})(...${JSON.stringify(args)})`;
      const { result, exceptionDetails: thrown } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (thrown) throw new Error(`in the page ${url}: ${thrown.exception?.description ?? thrown.text}`);
      return result.value;
    },
  };
}

/** `promise`, or an Error if it takes longer than `seconds`. */
export async function within(seconds, promise, complaint) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${seconds} s`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
