/**
 * The calls of `tenure doctor`: what the table is, how it expires, and ten conditional writes.
 *
 * Writes one row of its own, which no candidate reads and which expires within an hour.
 */
import {
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TimeToLiveDescription,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type AttributeNames, keyItem, namesOf, partitionKeyOf } from '../../dynamodb/index.ts';
import type { DateSample } from './checks.ts';

const WRITES = 10;
const KEPT_SECONDS = 3_600;
/** Above what any attempt of a candidate may take. */
const CALL_TIMEOUT_MS = 10_000;

export interface Probe {
  readonly latenciesMs: readonly number[];
  readonly dates: readonly DateSample[];
}

export async function readExpiry(
  client: DynamoDBClient,
  tableName: string,
): Promise<TimeToLiveDescription | undefined> {
  const command = new DescribeTimeToLiveCommand({ TableName: tableName });
  const abortSignal = AbortSignal.timeout(CALL_TIMEOUT_MS);
  return (await client.send(command, { abortSignal })).TimeToLiveDescription;
}

interface ProbedRow {
  readonly tableName: string;
  readonly election: string;
  readonly attributeNames?: AttributeNames | undefined;
}

/** Ten writes one after the other, after one that opens the connection and is not counted. */
export async function probeWrites(client: DynamoDBClient, row: ProbedRow): Promise<Probe> {
  const dates: DateSample[] = [];
  keepDates(client, dates);
  const latenciesMs: number[] = [];
  for (let n = 0; n <= WRITES; n += 1) {
    const before = performance.now();
    await client.send(writeOf(row), { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    if (n > 0) latenciesMs.push(performance.now() - before);
  }
  return { latenciesMs, dates };
}

const UPDATE = 'SET #writes = if_not_exists(#writes, :zero) + :one, #ttl = :expiresAt';

/** As expensive as a renewal: one row, one condition that is checked and holds. */
function writeOf({ tableName, election, attributeNames }: ProbedRow) {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  return new UpdateItemCommand({
    TableName: tableName,
    Key: keyItem({ pk: partitionKeyOf(election), sk: 'doctor' }, attributeNames),
    ConditionExpression: 'attribute_not_exists(#writes) OR #writes >= :zero',
    UpdateExpression: UPDATE,
    ExpressionAttributeNames: namesOf(UPDATE, attributeNames),
    ExpressionAttributeValues: {
      ':zero': { N: '0' },
      ':one': { N: '1' },
      ':expiresAt': { N: String(nowSeconds + KEPT_SECONDS) },
    },
  });
}

/** Notes the Date header of every answer, and when its request was sent and it came. */
function keepDates(client: DynamoDBClient, dates: DateSample[]): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAtEpochMs = Date.now();
      const result = await next(args);
      const receivedAtEpochMs = Date.now();
      const { headers } = result.response as { headers?: Record<string, string> };
      const serviceEpochMs = Date.parse(headers?.date ?? '');
      if (Number.isFinite(serviceEpochMs)) {
        dates.push({ sentAtEpochMs, receivedAtEpochMs, serviceEpochMs });
      }
      return result;
    },
    { step: 'deserialize', name: 'tenureDates', priority: 'low' },
  );
}
