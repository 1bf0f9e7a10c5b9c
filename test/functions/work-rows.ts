/**
 * What the work of the functions left in its table.
 */
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { workKeyOf } from '../../functions/work.ts';
import type { FreshTable } from '../support/dynamodb.ts';

export interface Unit {
  readonly sk: string;
  readonly doneBy: string;
  readonly token: bigint;
}

/** The units in their order. */
export async function unitsIn(
  { client, tableName }: FreshTable,
  election: string,
): Promise<Unit[]> {
  const units: Unit[] = [];
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: tableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :unit)',
        ExpressionAttributeValues: {
          ':pk': { S: workKeyOf(election) },
          ':unit': { S: 'unit#' },
        },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const { sk, doneBy, token } of page.Items ?? []) {
      units.push({ sk: sk?.S ?? '', doneBy: doneBy?.S ?? '', token: BigInt(token?.N ?? '0') });
    }
    ExclusiveStartKey = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (ExclusiveStartKey !== undefined);
  return units;
}

/** What is wrong: a unit that is there twice or missing, or a smaller token after a larger one. */
export function problemsIn(units: readonly Unit[]): string[] {
  return units.flatMap(({ sk, token }, index) => {
    const before = units[index - 1];
    const problems: string[] = [];
    if (sk !== `unit#${String(index).padStart(12, '0')}`) problems.push(`${sk} is at ${index}`);
    if (before && before.token > token) problems.push(`${sk} has a smaller token`);
    return problems;
  });
}
