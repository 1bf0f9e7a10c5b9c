/**
 * Fences for everything that is not a DynamoDB write: services, queues, PostgreSQL.
 * @module tenure/fence
 */
export type { FenceStore } from '../ports.ts';
export {
  type FencingGuardMiddleware,
  type FencingGuardOptions,
  fencingGuard,
  type HttpAnswer,
  type HttpEvent,
} from './fencing-guard.ts';
export {
  type Admission,
  type Claim,
  DEFAULT_STEP_MAX,
  fenceGuard,
  type Guard,
  type GuardOptions,
  type Rejection,
} from './guard.ts';
export { memoryFence } from './memory-fence.ts';
export { fencedFetch, fencedMessage, type SendingTerm } from './outgoing.ts';
export {
  DEFAULT_FENCE_TABLE,
  fenceTableSql,
  type PostgresTransaction,
  type RaisingTerm,
  raiseFence,
  raiseFenceStatement,
  type Statement,
  type TransactionClaim,
} from './postgres-fence.ts';
export {
  type BatchAnswer,
  type QueueRecord,
  type RecordsGuardMiddleware,
  type RecordsGuardOptions,
  recordsGuard,
} from './records-guard.ts';
export {
  fencingHeaders,
  HIGHEST_TOKEN_HEADER,
  TOKEN_ATTRIBUTE,
  TOKEN_HEADER,
} from './token-header.ts';
