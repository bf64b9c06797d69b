// What WebKit loses, for which no page and no worker is to blame, and how a test finds out.

import { setTimeout as pause } from 'node:timers/promises';

/** Longer than any worker takes from one state to the next, once it has begun. */
const REST = 2000;

/** What a page has stored to see whether it is lost: the cache's name, and the only key in it. */
export const MARK = ['of the page', '/of-the-page'];

/** Browsers that have lost what a site had stored, since the case began that they are in. */
const forgetful = new WeakSet();

/** Begins a case. */
export const expectNoLoss = (driver) => forgetful.delete(driver);

/** What a browser has lost in this case, in words for a test's console; nothing if it has lost nothing. */
export async function whatIsLost(driver) {
  for (const handle of await driver.getAllWindowHandles()) {
    await driver.switchTo().window(handle);
    if (!forgetful.has(driver)) await leaveMark(driver);
    if (forgetful.has(driver)) return 'what was stored';
    if (await missesStates(driver, handle)) return 'the states of workers';
  }
  return undefined;
}

/**
 * Stores something at the site of the tab that the driver is at, and notes whether what was stored there before is lost. A session
 * of WebDriver keeps nothing on disk: with the last process that has a page or a worker of a site WebKit drops what is in all of
 * its caches, but not their names, nor the workers. Closing the last tab ends it at once, now and then (8 of 100 times on a busy
 * machine, while another version takes over).
 */
export async function leaveMark(driver) {
  if (await driver.executeAsyncScript(mark, ...MARK)) forgetful.add(driver);
}

/**
 * Whether a tab says something else of its workers than a new one at the same address, and keeps to it. WebKit's pages miss a
 * change of state once in some hundred installs on a busy machine, and say for ever that the worker which controls them is still
 * installing. One that is opened then knows better.
 */
async function missesStates(driver, handle) {
  const [said, url] = await driver.executeAsyncScript(states);
  if (!said) return false;
  await driver.switchTo().newWindow('tab');
  await driver.get(url);
  await pause(REST);
  const [known] = await driver.executeAsyncScript(states);
  await driver.close();
  await driver.switchTo().window(handle);
  const [saidThen] = await driver.executeAsyncScript(states);
  return Boolean(known) && said === saidThen && said !== known;
}

/** In the page: the states of its installing, waiting and active worker, if it has any; and its address. */
function states(done) {
  const say = ({ installing, waiting, active }) =>
    [installing, waiting, active].map((worker) => `${worker?.state}`).join();
  navigator.serviceWorker?.getRegistration().then(
    (registration) => done([registration && say(registration), location.href]),
    () => done([]),
  ) ?? done([]);
}

/** In the page: whether the cache is there, and its mark is not. A cache that is not gets its mark. */
function mark(name, key, done) {
  const look = async () => {
    if (await caches.has(name)) return !(await caches.match(key, { cacheName: name }));
    const cache = await caches.open(name);
    // Without room for it there is nothing to lose.
    await cache.put(key, new Response()).catch(() => caches.delete(name));
    return false;
  };
  // Some pages have no caches: of errors, or that no site is behind.
  look().then(done, () => done(false));
}
