/** What is the same in every run. */
export const ELECTION = 'simulated';
export const RUN_MS = 40_000;
/** From here on nothing goes wrong any more. */
export const HEALS_AT_MS = 26_000;
