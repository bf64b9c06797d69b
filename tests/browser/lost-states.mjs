// What a page does not know of its workers: WebKit's pages miss a change of state once in some hundred installs on a busy
// machine, and say for ever that the worker which controls them is still installing. One that is opened then knows better.

import { setTimeout as pause } from 'node:timers/promises';

/** Longer than any worker takes from one state to the next, once it has begun. */
const REST = 2000;

/** Whether any tab says something else of its workers than a new one at the same address, and keeps to it. */
export async function missesStates(driver) {
  for (const handle of await driver.getAllWindowHandles()) {
    await driver.switchTo().window(handle);
    const [said, url] = await driver.executeAsyncScript(states);
    if (!said) continue;
    await driver.switchTo().newWindow('tab');
    await driver.get(url);
    await pause(REST);
    const [known] = await driver.executeAsyncScript(states);
    await driver.close();
    await driver.switchTo().window(handle);
    const [saidThen] = await driver.executeAsyncScript(states);
    if (known && said === saidThen && said !== known) return true;
  }
  return false;
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
