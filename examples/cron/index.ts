/**
 * A nightly report from a Lambda function that EventBridge invokes: once a night, although schedules
 * deliver twice, retries come late, and every invocation starts cold.
 */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ScheduledEvent } from 'aws-lambda';
import { checkpoint, dynamoDbLease, fenced } from '../../lib/dynamodb/index.ts';
import { createElection, electionFromEnvironment } from '../../lib/index.ts';
import {
  type LambdaContext,
  type LastRun,
  makeLeaderOnly,
  runOnce,
} from '../../lib/lambda/index.ts';

const DAY_MS = 86_400_000;
const reports = process.env.REPORTS_TABLE ?? 'reports';

const { name, tableName, timings } = electionFromEnvironment();
const client = new DynamoDBClient();
const election = createElection({
  name,
  via: dynamoDbLease({ client, tableName }),
  // Lambda's hosts keep time by the Amazon Time Sync Service; ten times what it promises is ample.
  timings: { clockErrorMsMax: 1_000, ...timings },
});

export const handler = makeLeaderOnly<ScheduledEvent, LambdaContext, string>(
  async (event, _context, term) => {
    const lastRun: LastRun = checkpoint(term, {
      client,
      tableName: reports,
      key: { pk: 'nightly-report', sk: 'last-run' },
      schemaVersion: 1,
      parse: (state) => state as { period: number },
    });
    const run = await runOnce({ term, periodMs: DAY_MS, at: event.time, lastRun }, async () => {
      const date = event.time.slice(0, 10);
      await fenced(client, term).send(
        new PutItemCommand({
          TableName: reports,
          Item: { pk: { S: 'nightly-report' }, sk: { S: date }, madeAt: { S: event.time } },
        }),
      );
      return date;
    });
    return run.ran ? `made the report of ${run.value}` : 'the report of that night is made';
  },
  { election, answer: 'another invocation is at it' },
);
