/**
 * A cron in a process that lives long: every process calls it, one runs each period, and the last period is
 * kept in a fenced row for the next leader.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { leadEvery } from 'tenure';
import { checkpoint } from 'tenure/dynamodb';
import { electionOf } from './work.ts';

const client = new DynamoDBClient();
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

await leadEvery(
  electionOf('cron'),
  Number(process.env.PERIOD_MS ?? 60_000),
  ({ term, period, missed }) => console.log(`ran ${period} missed ${missed} term ${term.token}`),
  {
    signal: stop.signal,
    lastRun: (term) =>
      checkpoint<{ period: number }>(term, {
        client,
        tableName: process.env.LEDGER_TABLE ?? 'ledger',
        key: { id: 'cron/last-run' },
        schemaVersion: 1,
        parse: (state) => state as { period: number },
      }),
  },
);
