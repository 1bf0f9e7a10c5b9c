/** What is the same in every run. */
export const ELECTION = 'simulated';
export const RUN_MS = 40_000;
/** What the work of a process says that fails for a while. */
export const WORK_FAILED = 'the work failed';
/** From here on nothing goes wrong any more. */
export const HEALS_AT_MS = 26_000;
