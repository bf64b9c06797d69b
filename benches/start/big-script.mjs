// A script of 5 MB, or many that come to as much, that costs an engine what an application's bundle does: thousands of functions, no two of
// them alike, each called once while the script starts. Always the same bytes.

const BYTES = 5_000_000;

/** So many of them go into packs, whose files have 256 KB at most. */
const PARTS = 25;
const WORDS = 'account basket cursor detail editor filter gutter header invoice journal layout margin'.split(' ');

/**
 * The text. When it has run to its end it calls the global function `scriptHasRun`, if there is one.
 *
 * @param release with which number it begins to count: another release differs in one line.
 */
export const bigScript = (release = 0) => script(BYTES, 1, '', release);

/** The texts of scripts that a page can load side by side. */
export const manyScripts = () => Array.from({ length: PARTS }, (_, n) => script(BYTES / PARTS, n + 1, `${n}_`, 0));

function script(bytes, seed, prefix, first) {
  const next = numbers(seed);
  const [total, work] = [`${prefix && `of${prefix}`}total`, `work${prefix}`];
  const parts = [`"use strict";\nlet ${total} = ${first};\n`];
  let length = 0;
  for (let i = 0; length < bytes; i++) {
    const part = `${oneFunction(`${work}${i}`, i, next)}${total} = (${total} + ${work}${i}(${total})) | 0;\n`;
    parts.push(part);
    length += part.length;
  }
  parts.push(`globalThis.scriptHasRun?.(${total});\n`);
  return parts.join('');
}

/** About 1 KB: much to compile and little to run, as most start-up code is. */
function oneFunction(name, index, next) {
  const word = () => WORDS[next() % WORDS.length];
  const cases = Array.from({ length: 4 }, () => {
    const kind = word();
    return `    case ${next() % 64}: return { kind: "${kind}", size: input ^ ${next()}, of: (each) => each.${kind} + ${next() % 999} };`;
  });
  const steps = Array.from({ length: 5 }, (_, step) => {
    const list = `${word()}${step}`;
    return `  const ${list} = [input, ${next() % 999}, ${next() % 999}].map((one) => (one * ${next() % 97} + seed) >>> ${next() % 7});
  if (${list}[${next() % 3}] > ${next() % 9999} && ${list}.length === ${next() % 5}) seed += ${list}.join("${word()}-").length;`;
  });
  return `function ${name}(input) {
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
