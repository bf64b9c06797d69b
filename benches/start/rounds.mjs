// Taking turns, and what a column of figures comes to.

/**
 * Measures every subject once a round, in turns (A B C D A B C D), so that what disturbs the machine for a
 * while disturbs all of them. `measure` returns a figure or a list of figures.
 *
 * Returns the medians, in the order of `subjects`.
 */
export async function medians(subjects, rounds, measure) {
  const figures = subjects.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, subject] of subjects.entries()) figures[i].push(await measure(subject));
  }
  return figures.map((each) => median(each.flat()));
}

/** The middle one; the mean of the middle two where there are two. */
export function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}
