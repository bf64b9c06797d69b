// Time limits that users set, as timers take them.

/** The most milliseconds that a timer takes: what is more would be over at once. */
const LONGEST = 2 ** 31 - 1;

export const asTimer = (milliseconds: number): number => Math.min(milliseconds, LONGEST);
