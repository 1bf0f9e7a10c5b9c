/**
 * The timings that an election would use, for programs that state or check them before they elect.
 */
import { TIMING_NAMES, type Timings, timingProblems, withDefaults } from '../core/time/timing.ts';
import { InvalidOptionsError } from '../errors.ts';
import { unknownOptions } from '../option-problems.ts';

/**
 * Fills in what was left out and checks the inequalities, by the rules of `createElection`.
 * @throws InvalidOptionsError naming every timing that is wrong, the values, and what to change.
 */
export function resolveTimings(given: Partial<Timings> = {}): Timings {
  const timings = withDefaults(given);
  const problems = [
    ...unknownOptions(given, TIMING_NAMES, { what: 'timing' }),
    ...timingProblems(timings),
  ];
  if (problems.length > 0) throw new InvalidOptionsError(problems);
  return timings;
}
