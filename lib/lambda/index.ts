/**
 * Leading from Lambda: with middy or without, for one invocation or from one to the next.
 * @module tenure/lambda
 */
export type { LambdaContext, LambdaElection } from './election.ts';
export {
  type LeaderMiddleware,
  type LeaderMiddlewareOptions,
  leaderOnly,
  type MiddyRequest,
  termOf,
} from './leader-only.ts';
export type { LeaderOnlyOptions } from './leader-only-options.ts';
export { type LeaderHandler, makeLeaderOnly } from './make-leader-only.ts';
export type { BatchItemFailures } from './not-leading.ts';
export { type LastRun, type RunOnceOptions, runOnce } from './run-once.ts';
