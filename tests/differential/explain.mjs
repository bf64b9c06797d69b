// Explains differences: by what has to be changed in an exchange for both sides to agree.
//
// A class of difference has a `repair` that takes its cause, and nothing else, out of an exchange. It explains a
// difference if the exchange without the cause has none, and had one to the side that the class says. So no class can
// cover for what it is not the cause of.

export const QUESTIONS = ['storable', 'ttl', 'conditions', 'reuse'];

/** The questions that two answers differ in. What is not stored on one side has no answers but that. */
export function differing({ ours, theirs }) {
  if (ours.storable !== theirs.storable) return ['storable'];
  return ours.storable ? QUESTIONS.filter((question) => ours[question] !== theirs[question]) : [];
}

/** Whether both sides store and say the same. */
const agrees = (answers, question) =>
  answers.ours.storable === answers.theirs.storable &&
  (question === 'storable' || (answers.ours.storable && answers.ours[question] === answers.theirs[question]));

/**
 * Explains all differences there are. `answersTo` takes a list of exchanges and returns `{ ours, theirs }` for each;
 * `classes` are those that may explain them.
 *
 * Returns a list of `{ exchange, question, answers, by }`: the classes that explain the difference, one where one does,
 * or all that it takes together; none where nothing explains it.
 */
export function explain(exchanges, answersTo, classes) {
  const found = answersTo(exchanges).flatMap((answers, i) =>
    differing(answers).map((question) => ({ exchange: exchanges[i], question, answers, by: [] })),
  );
  const single = found.flatMap((difference) =>
    candidates(difference, classes).flatMap((one) => {
      const repaired = one.repair(difference.exchange);
      return repaired && leans(one, difference) ? [{ difference, by: [one], repaired }] : [];
    }),
  );
  settle(single, answersTo);
  const rest = found.filter(({ by }) => by.length === 0);
  settle(
    rest.flatMap((difference) => together(difference, classes)),
    answersTo,
  );
  return found;
}

/** Takes the first of the attempts for each difference that leaves none. */
function settle(attempts, answersTo) {
  const answers = answersTo(attempts.map(({ repaired }) => repaired));
  for (const [i, { difference, by }] of attempts.entries()) {
    if (difference.by.length === 0 && agrees(answers[i], difference.question)) difference.by = by;
  }
}

/** Takes out all causes there are, in the order of the classes: one may come to light when another has gone. */
function together(difference, classes) {
  // What is not stored on one side has to be first, for there to be more to compare.
  const able = classes.filter(({ asks }) => asks.includes(difference.question) || asks.includes('storable'));
  let repaired = difference.exchange;
  const by = new Set();
  const attempts = [];
  for (let round = 0; round < 3; round++) {
    for (const one of able) {
      const next = one.repair(repaired);
      if (!next) continue;
      repaired = next;
      by.add(one);
      if (by.size > 1) attempts.push({ difference, by: [...by], repaired });
    }
  }
  return attempts;
}

const candidates = ({ question }, classes) => classes.filter(({ asks }) => asks.includes(question));

/** Whether a difference is to the side that the class says: `less` if we keep or reuse less than they do. */
function leans({ side }, { question, answers: { ours, theirs } }) {
  if (question === 'conditions' || side === 'either' || theirs.storable === 'panic') return true;
  const isLess = rank(ours[question]) < rank(theirs[question]);
  return isLess === (side === 'less');
}

const RANKS = { fail: 0, validate: 1, 'reuse and validate': 2, reuse: 3 };
const rank = (answer) => RANKS[answer] ?? Number(answer);

/** The smallest exchange that still `holds`, by leaving out one thing after the other. `holds` takes a list. */
export function shrink(exchange, holds) {
  for (;;) {
    const smaller = simpler(exchange);
    const index = holds(smaller).indexOf(true);
    if (index < 0) return exchange;
    exchange = smaller[index];
  }
}

const LISTS = ['accept-language', 'age', 'cache-control', 'if-none-match', 'vary'];

/** Exchanges with one thing less. */
function simpler(exchange) {
  const without = (section, name) => {
    const { [name]: _, ...rest } = exchange[section];
    return { ...exchange, [section]: rest };
  };
  const inSection = (section) =>
    Object.entries(exchange[section]).flatMap(([name, value]) => {
      const members = LISTS.includes(name) ? value.split(',') : [];
      const fewer = members.map((_, i) =>
        members
          .filter((_, j) => j !== i)
          .join(',')
          .trim(),
      );
      const shorter = fewer.map((value) => ({ ...exchange, [section]: { ...exchange[section], [name]: value } }));
      return members.length > 1 ? [without(section, name), ...shorter] : [without(section, name)];
    });
  const plain = { shared: false, method: 'GET', status: 200, elapsed: 0, presentedMethod: 'GET' };
  const simple = Object.entries(plain).filter(([name, value]) => exchange[name] !== value);
  return [
    ...simple.map(([name, value]) => ({ ...exchange, [name]: value })),
    ...['request', 'response', 'presented'].flatMap(inSection),
  ];
}
