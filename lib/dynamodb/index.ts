/** Electing through a DynamoDB table, and fencing what a leader writes to DynamoDB. */
export type { LeaseRecord } from '../core/record.ts';
export type { BatchRenewals } from './batched-store.ts';
export { type Checkpoint, type CheckpointOptions, checkpoint } from './checkpoint.ts';
export { type DynamoDbFenceOptions, dynamoDbFence } from './dynamodb-fence.ts';
export type { FenceOptions, FencingTerm } from './fence.ts';
export { fenced } from './fenced-write.ts';
export { type DynamoDbLeaseOptions, dynamoDbLease } from './lease.ts';
export { type ClientOptions, createLeaseClient } from './lease-client.ts';
export { createLeaseStore, type LeaseStoreOptions } from './lease-store.ts';
export {
  type IamStatement,
  keyStatement,
  TABLE_ROLES,
  type TableRole,
  tableStatements,
} from './permissions.ts';
export { type RowsToRead, readCandidates, readHistory } from './read-rows.ts';
export { decodeRecord } from './record.ts';
export * from './schema.ts';
export { checkLeaseTable, createLeaseTable } from './table.ts';
