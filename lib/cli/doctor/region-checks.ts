/**
 * What `tenure doctor` says of a table in several Regions. Pure, but for the one question that it asks.
 */
import { type DynamoDBClient, QueryCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import { type AttributeNames, namesOf, partitionKeyOf } from '../../dynamodb/index.ts';
import type { Finding } from './checks.ts';

/** The table's Regions, and whether a lease may be held there. */
export function checkRegions(
  { Replicas = [], GlobalTableWitnesses = [], MultiRegionConsistency }: TableDescription,
  table: { readonly name: string; readonly where: string },
): Finding {
  const check = 'table';
  if (Replicas.length === 0) return { check, result: 'ok', says: `${table.name}${table.where}` };
  if (MultiRegionConsistency !== 'STRONG') {
    return {
      check,
      result: 'failed',
      says: `${table.name} is a global table with eventual consistency: each Region elects a leader`,
      advice: 'use a table of one Region, or one with multi-Region strong consistency',
    };
  }
  const others = [
    ...Replicas.map(({ RegionName, ReplicaStatus }) => [RegionName, ReplicaStatus]),
    ...GlobalTableWitnesses.map(({ RegionName, WitnessStatus }) => [
      `${RegionName} (witness)`,
      WitnessStatus,
    ]),
  ];
  const says =
    `${table.name}${table.where}, strongly consistent with ` +
    others.map(([region]) => region).join(' and ');
  const away = others.filter(([, status]) => status !== 'ACTIVE');
  if (away.length === 0) return { check, result: 'ok', says };
  return {
    check,
    result: 'warning',
    says: `${says}; ${away.map(([region, status]) => `${region} is ${status}`).join(', ')}`,
    advice: 'without it the loss of one more Region stops the election; look at the table there',
  };
}

/** Longer ago than the leader needs to find a row: it walks through them once an hour. */
const FORGOTTEN_SECONDS = 2 * 3_600;
const ROWS_COUNTED_MAX = 100;

/** How many rows of an election have expired hours ago and are still there, up to a hundred. */
export async function countForgottenRows(
  client: DynamoDBClient,
  of: {
    readonly tableName: string;
    readonly election: string;
    readonly attributeNames?: AttributeNames | undefined;
  },
): Promise<number> {
  const before = Math.floor(Date.now() / 1_000) - FORGOTTEN_SECONDS;
  const { Count = 0 } = await client.send(
    new QueryCommand({
      TableName: of.tableName,
      KeyConditionExpression: '#pk = :pk',
      FilterExpression: '#ttl < :before',
      ExpressionAttributeNames: namesOf('#pk #ttl', of.attributeNames),
      ExpressionAttributeValues: {
        ':pk': { S: partitionKeyOf(of.election) },
        ':before': { N: String(before) },
      },
      Limit: ROWS_COUNTED_MAX,
      Select: 'COUNT',
    }),
  );
  return Count;
}

/** In place of TTL, which a table of several Regions does not have. */
export function checkHousekeeping(forgotten: number, election: string): Finding {
  const check = 'expiry';
  if (forgotten === 0) {
    const says = 'by the leader, since a table of several Regions has no TTL';
    return { check, result: 'ok', says };
  }
  return {
    check,
    result: 'warning',
    says: `at least ${forgotten} rows expired over two hours ago, and no leader deletes them`,
    advice:
      `elect via multiRegionLease, and grant its candidates what "tenure policy ${election} ` +
      '--role candidate --role housekeeper" prints',
  };
}
