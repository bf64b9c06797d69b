// The pages of systems: each asks the server of examples/systems/ to do something, and shows what it measured.

import { invalidate } from '../vendor/keepfresh/window.js';
import { chartOf } from './chart.js';
import { element } from './words.js';

const DIGITS = 20;

/** The web manifest lies at the site's root, and so does what the server answers. */
const api = (path) => new URL(`api/${path}`, document.querySelector('link[rel="manifest"]').href);

/** Makes the buttons work; before, none can be pressed. */
export function start() {
  for (const section of document.querySelectorAll('[data-system]')) {
    const acts = SYSTEMS[section.dataset.system](section.querySelector('[data-chart]'));
    for (const button of section.querySelectorAll('[data-act]')) {
      button.addEventListener('click', () => press(button, section, acts[button.dataset.act]));
      button.disabled = false;
    }
  }
}

/** Does what a button is for, once at a time. */
async function press(button, section, act) {
  const result = section.querySelector('[data-result]');
  button.disabled = true;
  try {
    await act((text) => (result.textContent = text));
  } catch ({ reason }) {
    if (reason) result.textContent = reason;
    else result.replaceChildren('The server does not answer. ', element('code', '', 'npm run systems'), ' starts it.');
  } finally {
    button.disabled = false;
  }
}

async function post(path) {
  const response = await fetch(api(path), { method: 'POST' });
  if (response.ok) return response.json();
  const { error } = await response.json().catch(() => ({}));
  throw because(error);
}

/** An error with what the server says of it, if it says something. */
const because = (reason) => Object.assign(new Error('no answer'), { reason });

/** Listens to what the server tells, until it says that this is all; or that it is the first of what has no end. */
function listen(path, hear) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(api(path));
    events.addEventListener('error', () => (events.close(), reject(because())));
    events.addEventListener('message', ({ data }) => {
      const told = JSON.parse(data);
      if (told.isOver) events.close();
      if (told.failure) return reject(because(told.failure));
      hear(told);
      if (told.isOver || told.hasBegun) resolve();
    });
  });
}

const SYSTEMS = {
  predictions(figure) {
    const chart = chartOf(figure, { x: 'prediction', lines: ['milliseconds'], scale: 'log' });
    let count = 0;
    return {
      async predict(say) {
        const all = [];
        for (let number = 0; number < DIGITS; number++) {
          all.push(await post(`predict/${number * 7}`));
          chart.add(++count, [Math.max(all.at(-1).took, 0.05)]);
        }
        const right = all.filter(({ digit, predicted }) => digit === predicted).length;
        const computed = all.filter(({ wasComputed }) => wasComputed).length;
        const mean = all.reduce((sum, { took }) => sum + took, 0) / all.length;
        say(`${right} of ${DIGITS} right; ${computed} computed; ${mean.toFixed(2)} ms each`);
      },
      async together(say) {
        const { computed, took } = await post('together');
        say(`100 at once over two instances: computed ${times(computed)}, in ${took.toFixed(0)} ms`);
      },
    };
  },
  booking(figure) {
    const chart = chartOf(figure, { x: 'seconds', lines: ['without, ms', 'with keepfresh, ms'], scale: 'log' });
    const load = (which, query) => async (say) => {
      chart.clear(which);
      await listen(`booking${query}`, ({ answers, at, isOver, mean, queries }) => {
        say(`${answers} answers, ${queries} queries${mean ? `, ${mean.toFixed(0)} ms each` : ''}`);
        if (!isOver) chart.add(Number(at.toFixed(1)), which === 0 ? [mean, undefined] : [undefined, mean]);
      });
    };
    return { uncached: load(0, ''), cached: load(1, '?cached') };
  },
  prices(figure) {
    const chart = chartOf(figure, { x: 'press', lines: ['queries', 'reads'], scale: 'log' });
    let count = 0;
    return {
      async write(say) {
        const { queries, reads, undone, writes } = await post('prices');
        chart.add(++count, [queries, reads]);
        say(`${writes} writes, ${reads} reads, ${queries} queries; a write was seen undone ${times(undone)}`);
      },
    };
  },
  assets(figure) {
    const chart = chartOf(figure, { x: 'press', lines: ['first nginx', 'second nginx'] });
    let count = 0;
    const act = (name) => async (say) => {
      const { asked, changed, deltas, files, isStopped, mean, whole, wrong } = await post(`assets/${name}`);
      chart.add(++count, asked);
      const update =
        changed && `; ${changed} files have changed: ${kilobytes(whole)} whole, ${kilobytes(deltas)} as deltas`;
      const state = isStopped === undefined ? '' : `the first nginx is ${isStopped ? 'stopped' : 'back'}: `;
      say(
        `${state}${files} files, ${wrong} of them not as they were built, ${mean.toFixed(0)} ms each; the first nginx was asked for ${asked[0]}, the second for ${asked[1]}${update ?? ''}`,
      );
    };
    return { look: act('look'), stop: act('stop'), damage: act('damage'), deploy: act('deploy') };
  },
  sessions(figure) {
    const chart = chartOf(figure, { x: 'press', lines: ['queries', 'looks'], scale: 'log' });
    let count = 0;
    return {
      async kill(say) {
        const { clicks, left, lost, queries, reads } = await post('sessions');
        chart.add(++count, [queries, reads]);
        say(
          `${clicks} clicks acknowledged, ${lost} lost; ${reads} looks, ${queries} queries; ${left} sessions left of who has signed out`,
        );
      },
    };
  },
  instances(figure) {
    const chart = chartOf(figure, { x: 'change', lines: ['instances, ms', 'tabs, ms'] });
    let count = 0;
    return {
      watch,
      async invalidate(say) {
        const { asked, askedByTabs, lag, reads, seen, tabs, took } = await post('instances');
        chart.add(++count, [lag, tabs ? took : undefined]);
        const others =
          tabs && `; ${seen} of ${tabs} tabs ${took.toFixed(0)} ms later, which asked ${times(askedByTabs)}`;
        say(
          `${reads} reads; the origin server was asked ${times(asked)}; all had what is new after ${lag.toFixed(0)} ms${others || ''}`,
        );
      },
    };
  },
  browser(figure) {
    const chart = chartOf(figure, { x: 'visit', lines: ['without, ms', 'with keepfresh, ms'] });
    const of = (one) => (one.isShown ? `${one.ms.toFixed(0)} ms, ${kilobytes(one.bytes)}` : 'not to be seen');
    return {
      async visits(say) {
        chart.clear(0);
        chart.clear(1);
        const seen = { without: [], with: [] };
        await listen('visits', ({ isOver, ...one }) => {
          if (isOver) return;
          const number = seen[one.subject].push(one);
          chart.add(number, one.subject === 'without' ? [one.ms] : [undefined, one.ms]);
          const line = ({ visit }, n) => {
            const ours = seen.with[n];
            return `${visit}: ${of(seen.without[n])} without${ours ? `; ${of(ours)} with` : ''}`;
          };
          say(seen.without.map(line).join('\n'));
        });
      },
    };
  },
};

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const times = (count) => ['never', 'once', 'twice'][count] ?? `${count} times`;

/** Settles when this tab watches; once is enough. */
let watching;
const watch = (say) =>
  (watching ??= watchShared(say).catch((error) => ((watching = undefined), Promise.reject(error))));

/** Watches what the instances have in common, in this tab: it is asked for anew only when it is said to have changed. */
async function watchShared(say) {
  const tab = crypto.randomUUID();
  const url = api('shared').href;
  const read = async (cache) => {
    const response = await fetch(url, { cache });
    if (!response.ok) throw because();
    const isThere = /hit/.test(response.headers.get('cache-status'));
    const { version } = await response.json();
    say(`watching: version ${version}, ${isThere ? 'which this browser had' : 'asked for'}`);
    return version;
  };
  // Another tab may have been first, and have what is new: one after the other.
  const current = (wanted) =>
    navigator.locks.request(url, async () => {
      const seen = await read('default');
      if (seen >= wanted) return seen;
      await invalidate(url);
      // Where there is no worker, the browser has a cache of its own.
      return read('reload');
    });
  await read('default');
  await listen(`changes?tab=${tab}`, ({ version }) => {
    if (version === undefined) return;
    // Who is told of it and cannot ask has nothing to say; the server waits for it as long as it likes.
    current(version)
      .then((seen) => post(`seen?tab=${tab}&version=${seen}`))
      .catch(() => say('the server does not answer'));
  });
}
