/**
 * What the tests of the leader task share: the bundled function, its variables, and its table.
 */
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { leaseKeyOf } from '../../lib/dynamodb/index.ts';
import { environmentFor, type FreshTable } from '../support/dynamodb.ts';
import { until } from '../support/until.ts';
import type { LambdaEnvironment } from './lambda-environment.ts';

export function variables(table: FreshTable, more: Readonly<Record<string, string>> = {}) {
  return {
    ...environmentFor(table.endpoint),
    TENURE_TABLE: table.tableName,
    TENURE_ELECTION: 'e',
    POWERTOOLS_DEV: 'false',
    ...more,
  };
}

/** Calls may take their time, as ten cold processes on two processors do. */
export const PATIENT = { TENURE_WRITE_TIMEOUT_MS: '2500' };
/** Lease 10 s: long enough for a slow machine, short enough to wait out. */
export const BOUND = { ...PATIENT, TENURE_LEASE_MS: '10000', TENURE_CLOCK_ERROR_MS_MAX: '200' };
export const led = (token: string) => expect.objectContaining({ led: true, token });

export async function holderIn({ client, tableName }: FreshTable): Promise<string | undefined> {
  const { pk, sk } = leaseKeyOf('e');
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: tableName,
      Key: { pk: { S: pk }, sk: { S: sk } },
      ConsistentRead: true,
    }),
  );
  return Item?.holder?.S;
}

/** Invokes again and again, as a schedule would, until it leads. */
export async function untilItLeads(environment: LambdaEnvironment): Promise<unknown> {
  let answer: unknown;
  await until(
    async () => {
      answer = await environment.invoke();
      return (answer as { led: boolean }).led;
    },
    { what: 'leading' },
  );
  return answer;
}
