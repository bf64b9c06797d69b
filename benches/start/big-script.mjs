// A script of 5 MB that costs an engine what an application's bundle does: thousands of functions, no two of
// them alike, each called once while the script starts. Always the same bytes.

const BYTES = 5_000_000;
const WORDS = 'account basket cursor detail editor filter gutter header invoice journal layout margin'.split(' ');

/** The text. When it has run to its end it calls the global function `scriptHasRun`, if there is one. */
export function bigScript() {
  const next = numbers(1);
  const parts = ['"use strict";\nlet total = 0;\n'];
  let length = 0;
  for (let i = 0; length < BYTES; i++) {
    const part = `${oneFunction(i, next)}total = (total + work${i}(total)) | 0;\n`;
    parts.push(part);
    length += part.length;
  }
  parts.push('globalThis.scriptHasRun?.(total);\n');
  return parts.join('');
}

/** About 1 KB: much to compile and little to run, as most start-up code is. */
function oneFunction(index, next) {
  const word = () => WORDS[next() % WORDS.length];
  const cases = Array.from({ length: 4 }, () => {
    const name = word();
    return `    case ${next() % 64}: return { kind: "${name}", size: input ^ ${next()}, of: (each) => each.${name} + ${next() % 999} };`;
  });
  const steps = Array.from({ length: 5 }, (_, step) => {
    const name = `${word()}${step}`;
    return `  const ${name} = [input, ${next() % 999}, ${next() % 999}].map((one) => (one * ${next() % 97} + seed) >>> ${next() % 7});
  if (${name}[${next() % 3}] > ${next() % 9999} && ${name}.length === ${next() % 5}) seed += ${name}.join("${word()}-").length;`;
  });
  return `function work${index}(input) {
  let seed = input & ${next() % 65536};
${steps.join('\n')}
  switch (seed & 63) {
${cases.join('\n')}
  }
  return seed + "${word()} ${word()} ${index}".length;
}
`;
}

/** Numbers that look random and are the same in every run (a linear congruential generator). */
function numbers(seed) {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 8;
}
