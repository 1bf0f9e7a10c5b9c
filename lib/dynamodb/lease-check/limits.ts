/**
 * Where a lease check cannot work: the record in another Region, or a multi-Region strongly
 * consistent table, on which DynamoDB runs no transactions.
 *
 * Decides which error a writer gets. The Region is compared before anything is sent. A table of the
 * same name may exist here too, and its copy of the record may lag and admit a stale leader.
 */
import { DescribeTableCommand, type DescribeTableCommandOutput } from '@aws-sdk/client-dynamodb';
import { NotFenceableError } from '../../errors.ts';
import type { LeaseReference } from '../../ports.ts';
import type { SdkClient } from '../fence/layered-client.ts';
import type { LeaseCheckedPlan } from '../fence/plan.ts';
import { isRecordReference, type RecordReference } from '../table/record-reference.ts';

interface Configured {
  readonly config: { readonly region?: (() => Promise<string>) | string };
}

/** @throws NotFenceableError */
export async function refuseOtherPlace(
  lease: RecordReference,
  client: { readonly config: object },
): Promise<void> {
  if (lease.severalRegions) throw runsNoTransactions(lease.tableName);
  const recordRegion = regionInArn(lease.tableName) ?? (await lease.region?.());
  if (recordRegion === undefined) return;
  const { region } = (client as Configured).config;
  const ownRegion = typeof region === 'function' ? await region() : region;
  if (ownRegion === undefined || ownRegion === recordRegion) return;
  throw new NotFenceableError(
    `a transaction cannot span two Regions: the election's record is in ${recordRegion}, this ` +
      `client writes to ${ownRegion}; keep the election in ${ownRegion}, or fence by the stamp alone`,
  );
}

function regionInArn(tableName: string): string | undefined {
  return tableName.startsWith('arn:') ? tableName.split(':')[3] : undefined;
}

/**
 * The SDK's error, or the reason behind it. The tables are asked only once a transaction was
 * refused.
 */
export async function explained(
  error: unknown,
  write: {
    readonly plan: LeaseCheckedPlan;
    readonly fence: { readonly term: { readonly lease?: LeaseReference | undefined } };
    readonly client: SdkClient;
  },
): Promise<unknown> {
  if (!(error instanceof Error) || error.name !== 'ValidationException') return error;
  const tables = new Set(write.plan.own.map((own) => own.TableName ?? ''));
  const { lease } = write.fence.term;
  if (isRecordReference(lease)) tables.add(lease.tableName);
  for (const table of tables) {
    if (!(await isStronglyConsistentAcrossRegions(table, write.client))) continue;
    return runsNoTransactions(table, error);
  }
  return error;
}

function runsNoTransactions(table: string, cause?: unknown): NotFenceableError {
  return new NotFenceableError(
    `table "${table}" is multi-Region strongly consistent, where DynamoDB runs no transactions: ` +
      'a lease check is not possible; fence by the stamp alone and keep tombstones',
    { cause },
  );
}

/** `false` too where this client may not ask: then the SDK's own error stands. */
async function isStronglyConsistentAcrossRegions(
  TableName: string,
  client: SdkClient,
): Promise<boolean> {
  const send = client.send.bind(client) as unknown as Describe;
  const described = await send(new DescribeTableCommand({ TableName })).catch(() => undefined);
  return described?.Table?.MultiRegionConsistency === 'STRONG';
}

type Describe = (command: DescribeTableCommand) => Promise<DescribeTableCommandOutput>;
