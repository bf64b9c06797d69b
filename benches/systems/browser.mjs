// System 7: a browser visits the same site over a slow network, with keepfresh and without.

import { visits } from '../../examples/systems/visits.mjs';

export async function browser({ add, rounds, say }) {
  const seen = new Map();
  for (let round = 0; round < Math.max(1, Math.ceil(rounds / 3)); round++) {
    say(`7-browser: round ${round + 1}`);
    await visits(({ visit, subject, ms, bytes, isShown }) => {
      const key = JSON.stringify([visit.replaceAll(' ', '-'), subject === 'with' ? 'keepfresh' : 'uncached']);
      const all = seen.get(key) ?? { ms: [], bytes: [], isShown };
      all.ms.push(ms);
      all.bytes.push(bytes);
      seen.set(key, all);
    });
  }
  for (const [key, { ms, bytes, isShown }] of seen) {
    const [visit, subject] = JSON.parse(key);
    if (!isShown) continue; // Nothing that was shown can be measured.
    add(`7-browser/${visit}`, subject, ms, 'ms');
    add(`7-browser/${visit}/bytes`, subject, bytes, 'bytes');
  }
}
