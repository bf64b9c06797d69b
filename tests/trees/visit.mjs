// What a browser makes of a page: what it loaded, what failed, the document and the picture.

import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

/** The browser that the machine has. */
export function openChromium() {
  const executablePath = execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: ARGS });
}

/** A page is always opened at this moment. */
const NOON = new Date('2026-01-02T12:00:00Z');

/** How long a page may go on loading, on a machine that is busy with something else too. One that never rests is looked
 * at as it is by then. */
const REST_MS = 8000;

/** Takes chance away from a page's scripts. Runs inside the page. */
function withoutChance() {
  let seed = 1;
  const next = () => (seed = (seed * 48271) % 2147483647);
  Math.random = () => next() / 2147483647;
  crypto.getRandomValues = (array) => array.map(() => next());
  crypto.randomUUID = () => `00000000-0000-4000-8000-${String(next()).padStart(12, '0')}`;
}

/**
 * Opens a page in a browser context of its own, without service workers and without any other origin.
 *
 * @returns `{loaded, failures, faults, html, picture}`: `loaded` are the requests that were answered, each
 *   `{url, type, byMarkup}`; `failures` those that were not; `faults` what the page complained of.
 */
export async function visit(browser, url) {
  const { origin } = new URL(url);
  const context = await browser.newContext({
    serviceWorkers: 'block',
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'UTC',
  });
  try {
    await context.addInitScript(withoutChance);
    await context.clock.setFixedTime(NOON);
    await context.route(
      (target) => target.protocol.startsWith('http') && target.origin !== origin,
      (route) => route.abort(),
    );
    const page = await context.newPage();
    const seen = await watch(page, origin);
    await page.goto(url, { waitUntil: 'load' });
    await page.waitForLoadState('networkidle', { timeout: REST_MS }).catch(() => {});
    const html = await settled(page);
    const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    return { ...seen, html, picture };
  } finally {
    await context.close();
  }
}

async function watch(page, origin) {
  const seen = { loaded: [], failures: [], faults: [] };
  const markup = new Set();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', ({ request, initiator }) => {
    if (initiator.type === 'parser') markup.add(request.url);
  });
  const own = (request) => request.url().startsWith(`${origin}/`);
  page.on('response', (response) => {
    const request = response.request();
    if (!own(request)) return;
    if (response.status() >= 400) seen.failures.push(`${response.status()} ${request.url()}`);
    else seen.loaded.push({ url: request.url(), type: request.resourceType(), byMarkup: markup.has(request.url()) });
  });
  page.on('requestfailed', (request) => {
    if (own(request)) seen.failures.push(`${request.failure()?.errorText} ${request.url()}`);
  });
  page.on('pageerror', (error) => seen.faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') seen.faults.push(message.text());
  });
  return seen;
}

/** The document once it has not changed for a moment, or as it is after a while. */
async function settled(page) {
  const end = Date.now() + REST_MS;
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  let html = await page.content();
  for (let same = 0; same < 2 && Date.now() < end;) {
    await page.waitForTimeout(150);
    const next = await page.content();
    same = next === html ? same + 1 : 0;
    html = next;
  }
  return html;
}
