import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import {
  createLeaseStore,
  dynamoDbLease,
  readCandidates,
  readHistory,
} from '../../../lib/dynamodb/index.ts';
import { isTenureError } from '../../../lib/errors.ts';
import { createElection } from '../../../lib/index.ts';
import type { TermEntry } from '../../../lib/ports.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { until } from '../../support/until.ts';

const { signal } = new AbortController();
const HOUR_MS = 3_600_000;

it('reads terms newest first, with who led, when and why it ended', async () => {
  using table = await freshTable();
  const { client, tableName } = table;
  const store = createLeaseStore({ client, tableName, election: 'x', historyDays: 30 });
  const terms: TermEntry[] = [1n, 2n, 10n].map((token) => ({
    token,
    candidateId: `a/${token}`,
    electedAtEpochMs: Number(token) * 1_000,
    ...(token < 10n && { endedAtEpochMs: Number(token) * 1_000 + 500, why: 'lapsed' as const }),
  }));
  for (const term of terms) await store.chronicle(term, { signal });

  const read = await readHistory({ client, tableName, election: 'x' });

  expect(read).toEqual(terms.toReversed());
  expect(await readHistory({ client, tableName, election: 'x', limit: 1 })).toHaveLength(1);
  expect(await readHistory({ client, tableName, election: 'other' })).toEqual([]);
});

it('reads candidates that have registered, and none that have expired', async () => {
  using table = await freshTable();
  const { client, tableName } = table;
  const store = createLeaseStore({ client, tableName, election: 'x', historyDays: 30 });
  const now = Date.now();
  const bare = { candidateId: 'a/1', startedAtEpochMs: now, registeredAtEpochMs: now };
  const full = {
    candidateId: 'b/2',
    startedAtEpochMs: now,
    registeredAtEpochMs: now + 1,
    score: 0.5,
    zone: 'us-east-1b',
    version: '2',
  };
  await store.register?.(bare, { signal });
  await store.register?.(full, { signal });

  expect(await readCandidates({ client, tableName, election: 'x' })).toEqual([full, bare]);
  const nowEpochMs = now + 3 * HOUR_MS;
  expect(await readCandidates({ client, tableName, election: 'x', nowEpochMs })).toEqual([]);
});

it('finds the row of a real candidate that leads', async () => {
  using table = await freshTable();
  const { client, tableName, clientConfig } = table;
  const via = dynamoDbLease({ tableName, clientConfig });
  const election = createElection({ name: 'x', via, registration: { version: '9' } });
  await using _term = await election.campaign();
  const read = () => readCandidates({ client, tableName, election: 'x' });

  await until(async () => (await read()).length === 1, { what: 'the row' });

  expect(await read()).toMatchObject([{ candidateId: election.candidateId, version: '9' }]);
});

it('names a row that does not parse and the table that is not there', async () => {
  using table = await freshTable();
  const { client, tableName } = table;
  const Item = { pk: { S: 'election#x' }, sk: { S: 'term#1' } };
  await client.send(new PutItemCommand({ TableName: tableName, Item }));

  await expect(readHistory({ client, tableName, election: 'x' })).rejects.toThrow(
    /row term#1 of election "x" .* does not parse at token, holder, electedAtEpochMs/,
  );
  const missing = readHistory({ client, tableName: 'missing', election: 'x' });
  await expect(missing).rejects.toSatisfy((error) => isTenureError(error, 'NOT_FOUND'));
});
