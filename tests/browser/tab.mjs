// A tab of a browser that is at a site, and what a story asks of it.

import { leaveMark, MARK } from './lost.mjs';
import { until } from './until.mjs';

/** Opens a tab. */
export async function openTab(driver, site) {
  await driver.switchTo().newWindow('tab');
  const forgets = (await driver.getCapabilities()).getBrowserName() === 'MiniBrowser';
  return new Tab(driver, site, await driver.getWindowHandle(), forgets);
}

/**
 * A tab that the installed version controls. The tabs of the version before it must be closed; the browser is left to itself
 * for a moment then, for as long as it has a page of that version no other takes over.
 */
export function takenOver(newTab) {
  const look = async () => {
    const tab = await newTab();
    const isTaken = async () => {
      await tab.open();
      await tab.controlled();
      return tab.run(async () => (await navigator.serviceWorker.ready).waiting === null);
    };
    // One that stays open keeps the version in charge that it is of.
    if (await isTaken().catch((error) => tab.close().then(() => Promise.reject(error)))) return tab;
    await tab.close();
    return undefined;
  };
  return until('the new version to take over', look, 1000);
}

class Tab {
  #driver;
  #forgets;
  #handle;
  #site;

  /** @param forgets whether the browser may lose what is stored (lost.mjs). */
  constructor(driver, site, handle, forgets) {
    this.#driver = driver;
    this.#forgets = forgets;
    this.#handle = handle;
    this.#site = site;
  }

  /** Goes to a path of the site, and waits until its page is loaded. */
  async open(path = '') {
    await this.#focus();
    await this.#driver.get(this.#site.url(path));
    if (this.#forgets) await leaveMark(this.#driver);
  }

  /** Reloads as the button does. WebDriver's own command leaves the worker out in Firefox, as a forced reload does. */
  async reload() {
    // The answer is lost in some engines when the page goes away.
    await this.run(markAndReload).catch(() => {});
    const isNew = () => !('old' in document.documentElement.dataset) && document.readyState === 'complete';
    await this.until('the page to be there again', isNew);
  }

  async close() {
    // A browser that has ended has none.
    const handles = await this.#driver.getAllWindowHandles().catch(() => []);
    if (!handles.includes(this.#handle)) return;
    await this.#focus();
    await this.#driver.close();
    // The driver stays at the window that is gone. The browser's first one is never closed.
    await this.#driver.switchTo().window(handles.find((handle) => handle !== this.#handle));
  }

  /** What a function gives, or promises, when the page calls it. It sees nothing but its arguments. */
  async run(given, ...args) {
    await this.#focus();
    const script = `
      const done = arguments[arguments.length - 1];
      const args = [...arguments].slice(0, -1);
      const whole = { error: (thrown) => done({ error: String(thrown), stack: thrown?.stack }) };
      Promise.resolve().then(() => (${given})(...args)).then((value) => done({ value }), whole.error);`;
    const answer = await this.#driver.executeAsyncScript(script, ...args);
    const { value, error, stack } = answer ?? { error: 'it went away' };
    if (error) throw new Error(`in the page: ${error}\n${stack ?? ''}`);
    return value;
  }

  /** Waits until the page calls something true. */
  until(what, condition, ...args) {
    return until(what, () => this.run(condition, ...args));
  }

  /**
   * Waits until the page's `register()` is over. In WebKit 2.50 the install of a worker whose page goes away while its script is still
   * loaded or run never ends, of a worker of three lines either.
   */
  registered() {
    return this.until('the worker to be registered', () => document.documentElement.dataset.registered);
  }

  /** Waits until a worker is installed, active, and controls this page. */
  controlled() {
    return this.until('a worker to control the page', async () => {
      const { active, installing, waiting } = (await navigator.serviceWorker.getRegistration()) ?? {};
      const { controller } = navigator.serviceWorker;
      if (!installing && active?.state === 'activated' && controller?.state === 'activated') return true;
      const states = [installing, waiting, active, controller].map((worker) => worker?.state ?? 'none');
      throw new Error(`installing, waiting, active, in control: ${states}`);
    });
  }

  /** Has the version that was deployed take over, and waits until it has. With navigation preload, Chromium may never answer a page that is asked for meanwhile, of a worker of five lines either. */
  async takeOver() {
    await this.run(async () => (await navigator.serviceWorker.ready).update());
    await this.until('the new version to be in charge', async () => {
      const { active, installing, waiting } = await navigator.serviceWorker.ready;
      waiting?.postMessage({ type: 'keepfresh:activate' });
      return !installing && !waiting && active.state === 'activated';
    });
  }

  /** What the page of the fixture says of itself, once its scripts have run. */
  async facts() {
    await this.until('the scripts of the page', () => {
      const { dataset } = document.documentElement;
      if (dataset.ready !== 'yes')
        throw new Error(`${location.href} says no more than ${JSON.stringify({ ...dataset })}`);
      return true;
    });
    return this.run(async () => {
      const { dataset } = document.documentElement;
      const root = getComputedStyle(document.documentElement);
      const image = document.querySelector('img').decode();
      return {
        page: dataset.page,
        html: dataset.version,
        style: root.getPropertyValue('--style').trim(),
        palette: root.getPropertyValue('--palette').trim(),
        heading: getComputedStyle(document.querySelector('h1')).color,
        script: dataset.script,
        late: dataset.late ?? null,
        image: await image.then(
          () => 'shown',
          () => 'broken',
        ),
        fault: dataset.fault ?? null,
      };
    });
  }

  /** What became of the page's latest request of a path: the page's own report of it, once there is one. */
  report(path) {
    return this.until(`a report of ${path || 'the page'}`, reportOf, this.#site.url(path));
  }

  /** Fetches a path from a script of the page. */
  fetch(path, init = {}) {
    return this.run(fetched, this.#site.url(path), init);
  }

  /** The paths that are in any cache of a worker, sorted. */
  async stored() {
    const urls = await this.run(async (mark) => {
      const names = (await globalThis.caches.keys()).filter((name) => name !== mark);
      const caches = await Promise.all(names.map((name) => globalThis.caches.open(name)));
      const keys = await Promise.all(caches.map((cache) => cache.keys()));
      return keys.flat().map((request) => request.url);
    }, MARK[0]);
    return urls.map((url) => url.replace(this.#site.url(), '')).sort();
  }

  /** Waits until a path is in a cache. */
  untilStored(path) {
    return until(`${path} to be stored`, async () => (await this.stored()).includes(path));
  }

  async #focus() {
    await this.#driver.switchTo().window(this.#handle);
  }
}

/** Globals that a script of WebDriver sets are not the page's in Firefox; the document is. */
function markAndReload() {
  document.documentElement.dataset.old = '';
  location.reload();
}

function reportOf(url) {
  return globalThis.reports?.findLast((report) => report.url === url);
}

async function fetched(url, init) {
  const response = await fetch(url, init);
  return {
    status: response.status,
    url: response.url,
    cacheStatus: response.headers.get('cache-status'),
    text: await response.text(),
  };
}
