/**
 * Migrations at start, by one of many: each process calls this before it serves. One runs what is missing; the
 * others wait for it, find nothing left to do, and go on.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { checkpoint } from 'tenure/dynamodb';
import { electionOf } from './work.ts';

/** In order; never changed once released. Each must be safe to run again: a crash repeats the last one. */
const MIGRATIONS = ['create table orders', 'add column settled'];

const client = new DynamoDBClient();

await electionOf('migrations').lead(async (term) => {
  const done = checkpoint<{ count: number }>(term, {
    client,
    tableName: process.env.LEDGER_TABLE ?? 'ledger',
    key: { id: 'migrations' },
    schemaVersion: 1,
    parse: (state) => state as { count: number },
  });
  const from = (await done.load())?.count ?? 0;
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < from) continue;
    await term.ensure(5_000);
    console.log(`migrated ${migration}`);
    await done.save({ count: index + 1 });
  }
});
console.log('serving');
