// The page of systems: asks the server of examples/systems/ to do something, and shows what it measured.

import { element } from './words.js';

const DIGITS = 20;
const HEIGHT = 190;

/** What draws; nothing where it cannot: it takes the name of a language that some browsers have for none. */
let uPlot;

/** Makes the buttons work. */
export async function start() {
  uPlot = (await import('../vendor/uplot/uPlot.esm.js').catch(() => undefined))?.default;
  for (const section of document.querySelectorAll('[data-system]')) {
    const acts = SYSTEMS[section.dataset.system](section.querySelector('[data-chart]'));
    for (const button of section.querySelectorAll('[data-act]')) {
      button.addEventListener('click', () => press(button, section, acts[button.dataset.act]));
    }
  }
}

/** Does what a button is for, once at a time. */
async function press(button, section, act) {
  const result = section.querySelector('[data-result]');
  button.disabled = true;
  try {
    await act((text) => (result.textContent = text));
  } catch {
    result.replaceChildren('The server does not answer. ', element('code', '', 'npm run systems'), ' starts it.');
  } finally {
    button.disabled = false;
  }
}

async function post(path) {
  const response = await fetch(new URL(`api/${path}`, document.baseURI), { method: 'POST' });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
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
    const load = (which, query) => (say) =>
      new Promise((resolve, reject) => {
        chart.clear(which);
        const events = new EventSource(new URL(`api/booking${query}`, document.baseURI));
        events.addEventListener('error', () => (events.close(), reject(new Error('no answer'))));
        events.addEventListener('message', ({ data }) => {
          const { answers, at, isOver, mean, queries } = JSON.parse(data);
          say(`${answers} answers, ${queries} queries${mean ? `, ${mean.toFixed(0)} ms each` : ''}`);
          if (!isOver) return chart.add(Number(at.toFixed(1)), which === 0 ? [mean, undefined] : [undefined, mean]);
          events.close();
          resolve();
        });
      });
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
    const chart = chartOf(figure, { x: 'change', lines: ['milliseconds'] });
    let count = 0;
    return {
      async invalidate(say) {
        const { asked, lag, reads } = await post('instances');
        chart.add(++count, [lag]);
        say(
          `${reads} reads; the origin server was asked ${times(asked)}; all had what is new after ${lag.toFixed(0)} ms`,
        );
      },
    };
  },
};

const times = (count) => ['never', 'once', 'twice'][count] ?? `${count} times`;

/** A chart that points are added to: `[x, [y of each line]]`. */
function chartOf(figure, { x, lines, scale }) {
  if (!uPlot) return { add() {}, clear() {} };
  const colours = ['--tomato', '--rim'].map((name) => getComputedStyle(figure).getPropertyValue(name).trim());
  const data = [[], ...lines.map(() => [])];
  const ink = getComputedStyle(figure).color;
  const axis = { stroke: ink, grid: { stroke: `color-mix(in srgb, ${ink} 15%, transparent)` } };
  const width = () => Math.max(200, figure.clientWidth - 24);
  const plot = new uPlot(
    {
      width: width(),
      height: HEIGHT,
      scales: {
        x: { time: false },
        y: scale === 'log' ? { distr: 3 } : { range: (_, _low, high) => [0, (high ?? 1) * 1.1] },
      },
      axes: [{ ...axis, ...(x !== 'seconds' && { incrs: [1, 2, 5, 10, 20, 50, 100] }) }, axis],
      series: [
        { label: x },
        ...lines.map((label, n) => ({ label, stroke: colours[n], width: 2, points: { show: true }, spanGaps: true })),
      ],
    },
    data,
    figure,
  );
  addEventListener('resize', () => plot.setSize({ width: width(), height: HEIGHT }));
  const show = () => plot.setData(data);
  return {
    add(at, values) {
      const index = data[0].indexOf(at);
      const to = index < 0 ? data[0].push(at) - 1 : index;
      values.forEach((value, n) => (data[n + 1][to] = value ?? data[n + 1][to] ?? null));
      sortByFirst(data);
      show();
    },
    clear(line) {
      data[line + 1].fill(null);
      show();
    },
  };
}

/** Points in the order of their first number: a second run falls between those of the first. */
function sortByFirst(data) {
  const order = data[0].map((_, index) => index).sort((a, b) => data[0][a] - data[0][b]);
  data.forEach((column, n) => (data[n] = order.map((index) => column[index])));
}
