// Every class of difference between keepfresh and http-cache-semantics: the npm package (`npm`) and the crate.
//
// A class says who is right, by which clause, and which questions it `asks` about (`explain.mjs`). On its `side` of
// the difference, we keep or reuse `less` than they do, or `more`. Its `repair` takes the cause out of an exchange:
// that, and nothing else.

import { age } from './classes/age.mjs';
import { conditions } from './classes/conditions.mjs';
import { directives } from './classes/directives.mjs';
import { freshness } from './classes/freshness.mjs';
import { matching } from './classes/matching.mjs';
import { requests } from './classes/requests.mjs';
import { stale } from './classes/stale.mjs';
import { storage } from './classes/storage.mjs';
import { values } from './classes/values.mjs';

/** The classes that may explain a difference with `npm` or with `crate`. */
export const differencesWith = (library) => DIFFERENCES.filter(({ by = library }) => by === library);

/** All of them. How fields are read comes first: what is not read as it should be looks like anything. */
export const DIFFERENCES = [
  ...directives,
  ...values,
  ...storage,
  ...age,
  ...freshness,
  ...matching,
  ...stale,
  ...requests,
  ...conditions,
];
