/** Fenced writes, lease checks and checkpoints of one partition, with a group in DynamoDB Local. */
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import {
  checkpoint,
  dynamoDbGroup,
  type FencingTerm,
  fenced,
} from '../../../lib/dynamodb/index.ts';
import { createGroup, type Group, groupOperator, type PartitionTerm } from '../../../lib/index.ts';
import { freshTable } from '../../support/dynamodb.ts';
import { until } from '../../support/until.ts';

/** No lease may run out while a machine is busy: partitions pass by release and by an operator. */
const timings = { leaseDurationMs: 60_000, renewIntervalMs: 3_000, drainMs: 5_000 };

async function openGroup(partitions: number) {
  const table = await freshTable();
  onTestFinished(() => table[Symbol.dispose]());
  const { tableName, clientConfig } = table;
  const via = dynamoDbGroup({ tableName, clientConfig });
  await groupOperator({ name: 'orders', via }).create({ partitions });

  function join() {
    const group = createGroup({ name: 'orders', partitions, via, timings });
    const stop = new AbortController();
    const left = group.leadWhile(
      ({ signal }) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      { signal: stop.signal },
    );
    const leave = async () => {
      stop.abort();
      await left;
    };
    onTestFinished(leave);
    return { group, leave };
  }
  return { ...table, join };
}

async function allLed(group: Group, count: number) {
  await until(() => group.leading().size === count, { what: 'that all are led' });
  return group.leading();
}

/** Waits until one of the two partitions has moved to the group that has joined. */
async function moved(terms: ReadonlyMap<number, PartitionTerm>, group: Group) {
  const [next] = (await allLed(group, 1)).values();
  const before = terms.get(next?.partition ?? -1);
  const [kept] = [...terms.values()].filter((term) => term !== before);
  if (next === undefined || before === undefined || kept === undefined) {
    throw new Error('no partition of the two has moved');
  }
  return { next, before, kept };
}

/** The term as a frozen process sees it, which does not know that the term is over. */
function unaware(term: PartitionTerm): FencingTerm {
  return { ...term, remainingMs: () => 1_000, throwIfOver: () => undefined };
}

test('a stale leader of one partition is refused, and that of another is not', async () => {
  const { client, tableName, join } = await openGroup(2);
  const a = join();
  const terms = await allLed(a.group, 2);
  const documents = DynamoDBDocumentClient.from(client);
  const put = (by: FencingTerm) =>
    fenced(documents, by).send(
      new PutCommand({ TableName: tableName, Item: { pk: by.election, sk: 'row' } }),
    );
  for (const term of terms.values()) await put(term);

  const { next, before, kept } = await moved(terms, join().group);
  expect(next.token).toBe(before.token + 1n);
  await put(next);
  await expect(put(before)).rejects.toMatchObject({ code: 'LEADERSHIP_LOST' });
  await expect(put(unaware(before))).rejects.toMatchObject({
    code: 'STALE_TOKEN',
    token: before.token,
    highestToken: next.token,
  });
  await put(kept);
});

test('a lease check asks the partition’s own record, which no heartbeat writes', async () => {
  const { client, tableName, join, stored } = await openGroup(3);
  const a = join();
  const term = (await allLed(a.group, 3)).get(1);
  if (term === undefined) return expect.unreachable();
  const documents = DynamoDBDocumentClient.from(client);
  const rows = fenced(documents, term, { check: 'lease' });
  for (let n = 0; n < 20; n += 1) {
    await rows.send(new PutCommand({ TableName: tableName, Item: { pk: `job#${n}`, sk: 'row' } }));
  }
  await a.leave();
  const late = fenced(documents, unaware(term), { check: 'lease' });
  await expect(
    late.send(new PutCommand({ TableName: tableName, Item: { pk: 'job#late', sk: 'row' } })),
  ).rejects.toMatchObject({ code: 'LEADERSHIP_LOST', why: 'deposed' });
  expect(await stored({ pk: { S: 'job#late' }, sk: { S: 'row' } })).toBeUndefined();
});

test('each partition has a checkpoint of its own, which its next leader goes on from', async () => {
  const { client, tableName, join } = await openGroup(2);
  const a = join();
  const terms = await allLed(a.group, 2);
  const checkpointOf = (term: PartitionTerm) =>
    checkpoint(term, {
      client,
      tableName,
      key: { pk: `checkpoint#${term.election}`, sk: 'c' },
      schemaVersion: 1,
      parse: (state) => state as { offset: number },
    });
  const saved = new Map<number, ReturnType<typeof checkpointOf>>();
  for (const [partition, term] of terms) {
    const own = checkpointOf(term);
    await own.load();
    await own.save({ offset: 100 + partition });
    saved.set(partition, own);
  }
  const { next, before } = await moved(terms, join().group);
  expect(await checkpointOf(next).load()).toEqual({ offset: 100 + next.partition });
  await expect(saved.get(before.partition)?.save({ offset: 7 })).rejects.toMatchObject({
    code: 'LEADERSHIP_LOST',
  });
});
