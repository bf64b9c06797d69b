// The demonstration on the policies page: fetches a file of data/ at each press of a button, and shows how old the
// answer was. The worker adds `Cache-Status` and `Age` to data, so the page can simply read them.

import { showTime } from './clock.js';
import { fetchNoted } from './connection.js';
import { age, duration, element, tag } from './words.js';

const KEPT_LINES = 8;

/** Starts the clocks and makes the buttons work. */
export function start() {
  const demo = document.querySelector('[data-demo]');
  const log = demo.querySelector('[data-log]');
  const now = demo.querySelector('[data-clock="now"]');
  const tick = () => showTime(now, new Date());
  tick();
  setInterval(tick, 1000);

  for (const button of demo.querySelectorAll('[data-fetch]')) {
    button.addEventListener('click', async () => {
      log.prepend(await line(button.dataset.fetch, demo));
      while (log.children.length > KEPT_LINES) log.lastChild.remove();
    });
  }
}

/** Fetches `name` and tells how it went. */
async function line(name, demo) {
  const made = document.createElement('li');
  const started = performance.now();
  try {
    // Data is not fingerprinted, and it lies beside the page, not beside this module.
    const response = await fetchNoted(new URL(`data/${name}`, document.baseURI));
    const { title, text } = await response.json();
    const time = duration(performance.now() - started);
    const status = response.headers.get('cache-status');
    const source = /;\s*hit/.test(status ?? '') ? 'cache' : 'network';
    made.append(element('strong', '', name), tag(source), element('span', '', answerAge(response, time)));
    made.append(element('span', 'outcome', status ?? 'no worker: as the network gave it'));
    demo.querySelector('[data-answer]').textContent = `${title}: ${text}`;
    showTime(demo.querySelector('[data-clock="answer"]'), dateOf(response));
  } catch (error) {
    made.append(element('strong', '', name), element('span', '', 'failed'), element('span', '', error.message));
  }
  return made;
}

function answerAge(response, time) {
  const seconds = response.headers.get('age');
  return seconds === null ? `in ${time}` : `${age(Number(seconds))} old, in ${time}`;
}

/** When the origin server made the answer, or last vouched for it. */
function dateOf(response) {
  const date = response.headers.get('date');
  return date === null ? undefined : new Date(date);
}
