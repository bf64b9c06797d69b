// The panel that every page has: one line for each request of the page, and what they come to.

import { age, bytes, duration, element, shortPath, tag } from './words.js';

/** The columns, in the order in which they are read out: the class of the cells, and the heading. */
const COLUMNS = { path: 'Request', age: 'Age', time: 'Time', source: 'Source', outcome: 'Outcome' };
const WIDE = matchMedia('(min-width: 76rem)');

/** Fills `panel` with what `watch` reports, for as long as the page is there. */
export function showPanel(panel, watch) {
  const details = panel.querySelector('details');
  const total = panel.querySelector('[data-total]');
  const hint = element('p', 'hint');
  const rows = document.createElement('tbody');
  const slip = element('div', 'slip');
  slip.append(hint, table(rows));
  panel.querySelector('[data-slip]').replaceChildren(slip);

  details.open = WIDE.matches;
  WIDE.addEventListener('change', () => (details.open = WIDE.matches));

  watch((reports) => {
    hint.textContent = advice(reports);
    hint.hidden = !hint.textContent;
    total.textContent = sum(reports);
    rows.replaceChildren(...reports.map(row));
  });
}

/** What to do where the cache has not answered, and why it has not. */
function advice(reports) {
  if (!navigator.serviceWorker) {
    return 'This browser, or this address, allows no service worker: everything comes as it always did.';
  }
  if (!navigator.serviceWorker.controller) {
    return 'First visit: the worker is filling its cache while you read. Reload to see the cache answer.';
  }
  if (reports.every((report) => report.source === 'network')) {
    return 'The worker is in charge, and everything was asked of the network. Reload to see the cache answer.';
  }
  return '';
}

function sum(reports) {
  const without = reports.filter((report) => report.source !== 'network').length;
  const saved = reports.reduce((all, report) => all + report.bytesSaved, 0);
  const requests = reports.length === 1 ? '1 request' : `${reports.length} requests`;
  return `${requests}, ${without} without the network, ${bytes(saved)} saved`;
}

function table(rows) {
  const made = document.createElement('table');
  const heading = made.createTHead().insertRow();
  for (const [name, text] of Object.entries(COLUMNS)) {
    const cell = element('th', name, text);
    cell.role = 'columnheader';
    heading.append(cell);
  }
  made.append(rows);
  // Laid out as a grid, a table is no table any more to assistive technology unless it says so.
  made.role = 'table';
  heading.role = 'row';
  heading.parentElement.role = rows.role = 'rowgroup';
  return made;
}

function row(report) {
  const made = document.createElement('tr');
  made.role = 'row';
  const cells = {
    path: shortPath(report.url),
    age: age(report.ageSeconds),
    time: duration(report.milliseconds),
    source: '',
    outcome: report.status ?? '',
  };
  for (const name of Object.keys(COLUMNS)) {
    const cell = element('td', name, cells[name]);
    cell.role = 'cell';
    if (name === 'path') cell.title = report.url;
    if (name === 'source') cell.append(tag(report.source));
    made.append(cell);
  }
  return made;
}
