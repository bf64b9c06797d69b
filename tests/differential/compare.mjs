// Puts the same exchanges to both sides, by each of two ways, and finds out why they differ.

import { differencesWith } from './differences.mjs';
import { differing, explain, shrink } from './explain.mjs';
import { exchanges } from './generate.mjs';
import { native } from './native.mjs';
import { ours } from './ours.mjs';
import { theirs } from './theirs.mjs';

export const EXCHANGES = exchanges(20_000);

/** Both answers to each of a list of exchanges: our wasm module and the npm package, or our crate and the other. */
export const WAYS = {
  npm: (list) => list.map((exchange) => ({ ours: ours(exchange), theirs: theirs(exchange) })),
  crate: native,
};

/** Every difference, explained or not (`explain`). */
export const differences = (library, list = EXCHANGES, answersTo = WAYS[library]) =>
  explain(list, answersTo, differencesWith(library));

/** How often each class explains a difference: by itself, and with others. */
export function counts(found, library) {
  return differencesWith(library).map((one) => {
    const explains = found.filter(({ by }) => by.includes(one));
    const alone = explains.filter(({ by }) => by.length === 1);
    return { one, alone: alone.length, withOthers: explains.length - alone.length };
  });
}

/** The smallest exchange that shows a difference for which `by` has as many classes: one, or none. */
export function smallest({ exchange, question, by }, library) {
  const isSame = (list) => {
    const found = differences(library, list).filter((other) => other.question === question);
    return list.map((one) =>
      found.some((other) => other.exchange === one && other.by.length === by.length && other.by[0] === by[0]),
    );
  };
  const small = shrink(exchange, isSame);
  const [answers] = WAYS[library]([small]);
  const shown = differing(answers).includes(question) ? question : 'storable';
  return `${textOf(small)}: ${question} is ${answers.ours[shown]} for us, ${answers.theirs[shown]} for them`;
}

/** An exchange in one line. */
export function textOf({ shared, method, request, status, response, elapsed, presentedMethod, presented }) {
  const fields = (all) => Object.entries(all).map(([name, value]) => ` ${name}: ${value};`);
  const head = (start, all) => [start, ...fields(all)].join('').replace(/;$/, '');
  const heads = [head(method, request), head(`${status}`, response), head(presentedMethod, presented)];
  const [asked, got, again] = heads;
  return `${shared ? 'shared' : 'private'} cache, ${asked} -> ${got}; after ${elapsed} s ${again}`;
}
