/**
 * Guardians: programs that execute the last will of a process that is gone. For programs that start
 * other programs. Code that leads needs only `createElection`.
 */
export {
  GUARD_VARIABLE,
  type PreparedRequest,
  type Will,
  type WillOutcome,
} from '../core/will/will.ts';
export { awaitGone } from './await-gone.ts';
export {
  createWillExecutor,
  type WillExecutor,
  type WillKey,
  type WillReport,
} from './executor.ts';
export { type GuardedProgram, guardProgram } from './guard-program.ts';
export { reportLine } from './report-line.ts';
