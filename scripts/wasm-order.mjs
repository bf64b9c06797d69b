// The functions of a module, put in an order in which those that are alike stand together: a compressor sees only so
// far back, and what is behind it repeats more. It takes a sixtieth off what is downloaded, and changes nothing else.

/** How many lines of text, one behind the other, are compared at a time; and with how many functions one is compared. */
const LINES = 2;
const BEFORE = 3;

/** What a function is longer than its likeness to others counts for: without it, the shortest would always be next. */
const SHORT = 10;

/**
 * The text of a module (`wasm-opt -S`) with its functions in another order.
 *
 * @param {string} text
 */
export function inOrder(text) {
  const { functions, others } = apart(text.trimEnd().split('\n'));
  const traits = functions.map(traitsOf);
  const counts = new Map();
  for (const each of traits) for (const trait of each) counts.set(trait, (counts.get(trait) ?? 0) + 1);
  // What everybody has tells nothing.
  const weight = (trait) => 1 / Math.log2(1 + counts.get(trait));
  const alike = (one, other) => {
    let sum = 0;
    for (const trait of traits[one]) if (traits[other].has(trait)) sum += weight(trait);
    return sum;
  };

  const left = new Set(functions.keys());
  const order = [];
  const take = (place) => (order.push(place), left.delete(place));
  take([...left].reduce((most, place) => (traits[place].size > traits[most].size ? place : most)));
  while (left.size > 0) {
    let [next, best] = [-1, -1];
    const before = order.slice(-BEFORE);
    for (const place of left) {
      // The nearest counts most.
      const sum = before.reduce((sum, one, index) => sum + ((index + 1) / BEFORE) * alike(one, place), 0);
      const likeness = sum / (SHORT + traits[place].size);
      if (likeness > best) [next, best] = [place, likeness];
    }
    take(next);
  }
  return [...others.slice(0, -1), ...order.flatMap((place) => functions[place]), others.at(-1)].join('\n');
}

/** The functions of a module, and the lines around them: what is defined stands one column in. */
function apart(lines) {
  const [functions, others] = [[], []];
  let current;
  for (const line of lines) {
    if (line.startsWith(' (func ')) functions.push((current = [line]));
    else if (current) current.push(line);
    else others.push(line);
    if (line === ' )') current = undefined;
  }
  return { functions, others };
}

function traitsOf(lines) {
  const plain = lines.map((line) => line.trim());
  return new Set(plain.slice(LINES - 1).map((_, place) => plain.slice(place, place + LINES).join('\n')));
}
