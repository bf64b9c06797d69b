// Charts of the pages of systems, as far as the browser can draw them.

const HEIGHT = 190;

/** What draws; nothing where it cannot: it takes the name of a language that some browsers have for none. */
const uPlot = (await import('../vendor/uplot/uPlot.esm.js').catch(() => undefined))?.default;

/** A chart that points are added to: `[x, [y of each line]]`. */
export function chartOf(figure, { x, lines, scale }) {
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
