/**
 * Electing through a DynamoDB table, and fencing what a leader writes to DynamoDB.
 * @module tenure/dynamodb
 */
export type { LeaseRecord } from '../core/lease/record.ts';
export type { AttributeNames } from '../environment.ts';
export { type BatchRenewals, inBatches, type RenewalBatching } from './batching/batched-store.ts';
export { type Checkpoint, type CheckpointOptions, checkpoint } from './checkpoint/checkpoint.ts';
export { type DynamoDbLeaseOptions, dynamoDbLease } from './election/lease.ts';
export { type ClientOptions, createLeaseClient } from './election/lease-client.ts';
export type { LeaseStoreOptions } from './election/lease-store.ts';
export { createLeaseStore } from './election/operated-store.ts';
export { decodeRecord } from './election/stored-record.ts';
export { type DynamoDbFenceOptions, dynamoDbFence } from './fence/dynamodb-fence.ts';
export type { FenceOptions, FencingTerm } from './fence/fence.ts';
export { fenced } from './fence/fenced-write.ts';
export { highestStamp, type StampsToRead } from './fence/highest-stamp.ts';
export { type DynamoDbGroupOptions, dynamoDbGroup } from './group/group.ts';
export type { GroupPlace } from './group/group-place.ts';
export { createGroupStore } from './group/group-store.ts';
export { type MultiRegionLeaseOptions, multiRegionLease } from './regions/multi-region-lease.ts';
export {
  inOwnNames,
  keyItem,
  namesOf,
} from './table/attribute-names.ts';
export { checkLeaseTable, createLeaseTable } from './table/create-table.ts';
export {
  type IamStatement,
  keyStatement,
  TABLE_ROLES,
  type TableRole,
  tableStatements,
} from './table/permissions.ts';
export { type RowsToRead, readCandidates, readHistory } from './table/read-rows.ts';
export * from './table/schema.ts';
