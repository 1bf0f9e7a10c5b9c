/** What the caller of a fenced write learns where an attempt of the write had no answer. */
import { PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { checkpoint, fenced } from '../../../lib/dynamodb/index.ts';
import { recordReference } from '../../../lib/dynamodb/table/record-reference.ts';
import { leaseKeyOf } from '../../../lib/dynamodb/table/schema.ts';
import { type FreshTable, freshTable, type RowKey } from '../../support/dynamodb.ts';
import { refusalOf, termOf } from '../../support/fencing-term.ts';
import { type HoldingClient, holdingClient } from '../../support/network/held-attempt.ts';

let table: FreshTable;
beforeAll(async () => {
  table = await freshTable();
});
afterAll(() => table[Symbol.dispose]());

function holding(maxAttempts: number): HoldingClient {
  const network = holdingClient({ ...table.clientConfig, maxAttempts });
  onTestFinished(() => network[Symbol.dispose]());
  return network;
}
const put = (key: RowKey, by: string) =>
  new PutItemCommand({ TableName: table.tableName, Item: { ...key, by: { S: by } } });

describe('a write that a fence ends', () => {
  test('was never sent where the term was over before', async () => {
    const term = termOf(1n);
    const client = fenced(table.client, term);
    term.end();
    const error = await refusalOf(client.send(put(table.freshKey(), 'late')));
    expect(error).toMatchObject({ code: 'LEADERSHIP_LOST', outcome: 'never-sent' });
    expect((error as Error).message).toContain('this write was never sent');
  });

  test('has changed nothing where its one attempt was refused', async () => {
    const key = table.freshKey();
    await fenced(table.client, termOf(2n)).send(put(key, 'new'));
    const error = await refusalOf(fenced(table.client, termOf(1n)).send(put(key, 'old')));
    expect(error).toMatchObject({ code: 'STALE_TOKEN', outcome: 'refused' });
    expect((error as Error).message).toContain('this write has changed nothing');
    expect((await table.stored(key))?.by).toEqual({ S: 'new' });
  });

  test('is unknown where the SDK had sent it before, and indeed was applied', async () => {
    const key = table.freshKey();
    const network = holding(2);
    // The first attempt lands and its answer is lost; a newer leader writes; the retry is refused.
    network.client.middlewareStack.add(
      (next, context) => async (args) => {
        if ((context as { isSecond?: boolean }).isSecond) {
          await network.letGo();
          expect((await table.stored(key))?.by).toEqual({ S: 'old' });
          await fenced(table.client, termOf(2n)).send(put(key, 'new'));
        }
        Object.assign(context, { isSecond: true });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    network.holdNext();
    const error = await refusalOf(fenced(network.client, termOf(1n)).send(put(key, 'old')));
    expect(error).toMatchObject({ code: 'STALE_TOKEN', outcome: 'unknown' });
    expect((error as Error).message).toContain('may have been applied');
  });

  test.each(['stamp', 'lease'] as const)(
    'is unknown where the term is over before the SDK tries again, under the check "%s"',
    async (check) => {
      const key = table.freshKey();
      const lease = recordReference({ tableName: table.tableName, key: leaseKeyOf(key.pk.S) });
      const record = { token: { N: '1' }, holder: { S: 'candidate-1' } };
      const { pk, sk } = lease.key;
      const Item = { pk: { S: pk }, sk: { S: sk }, ...record };
      await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
      const network = holding(2);
      const term = termOf(1n, { lease });
      const client = fenced(network.client, term, { check });
      network.holdNext();
      const sent = refusalOf(client.send(put(key, 'old')));
      await network.held();
      term.end();
      expect(await sent).toMatchObject({ code: 'LEADERSHIP_LOST', outcome: 'unknown' });
      await network.letGo();
      expect((await table.stored(key))?.by).toEqual({ S: 'old' });
    },
  );

  test('has changed nothing where an attempt before was answered with a refusal of the service', async () => {
    const key = table.freshKey();
    await fenced(table.client, termOf(2n)).send(put(key, 'new'));
    const network = holding(2);
    network.answerNext(400, 'ProvisionedThroughputExceededException');
    const error = await refusalOf(fenced(network.client, termOf(1n)).send(put(key, 'old')));
    expect(error).toMatchObject({ code: 'STALE_TOKEN', outcome: 'refused' });
  });

  test('is unknown where an attempt before was answered with an error of the service', async () => {
    const key = table.freshKey();
    await fenced(table.client, termOf(2n)).send(put(key, 'new'));
    const network = holding(2);
    network.answerNext(500, 'InternalServerError');
    const error = await refusalOf(fenced(network.client, termOf(1n)).send(put(key, 'old')));
    expect(error).toMatchObject({ code: 'STALE_TOKEN', outcome: 'unknown' });
  });

  test('of a transaction says so too', async () => {
    const key = table.freshKey();
    await fenced(table.client, termOf(2n)).send(put(key, 'new'));
    const network = holding(2);
    network.answerNext(500, 'InternalServerError');
    const TransactItems = [{ Put: put(key, 'old').input }];
    const old = fenced(network.client, termOf(1n));
    const error = await refusalOf(old.send(new TransactWriteItemsCommand({ TransactItems })));
    expect(error).toMatchObject({ code: 'STALE_TOKEN', outcome: 'unknown' });
  });
});

interface Done {
  readonly done: readonly string[];
}

describe('a checkpoint whose save had no answer', () => {
  function prepare(maxAttempts: number) {
    const network = holding(maxAttempts);
    const key = table.freshKey();
    const checkpointOf = (token: bigint) =>
      checkpoint<Done>(termOf(token), {
        client: network.client,
        tableName: table.tableName,
        key: { pk: key.pk.S, sk: key.sk.S },
        schemaVersion: 1,
        parse: (state) => state as Done,
      });
    return { network, key, checkpointOf };
  }

  test('builds nothing before it is loaded again', async () => {
    const { network, checkpointOf } = prepare(1);
    const saving = checkpointOf(1n);
    await saving.load();
    network.holdNext();
    await expect(saving.save({ done: ['a'] })).rejects.toMatchObject({ name: 'TimeoutError' });
    await expect(saving.save({ done: ['b'] })).rejects.toMatchObject({ code: 'UNSETTLED' });
    expect(await saving.load()).toBeUndefined();
    await saving.save({ done: ['b'] });
    expect(await saving.load()).toEqual({ done: ['b'] });
  });

  test('is not undone by it once the state was loaded without it', async () => {
    const { network, checkpointOf } = prepare(1);
    const saving = checkpointOf(1n);
    await saving.load();
    await saving.save({ done: ['a'] });
    network.holdNext();
    await expect(saving.save({ done: ['a', 'lost'] })).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(await saving.load()).toEqual({ done: ['a'] });
    await network.letGo();
    expect(await saving.load()).toEqual({ done: ['a'] });
    await saving.save({ done: ['a', 'b'] });
    expect(await checkpointOf(2n).load()).toEqual({ done: ['a', 'b'] });
  });

  test('has it where it landed before the load', async () => {
    const { network, checkpointOf } = prepare(1);
    const saving = checkpointOf(1n);
    await saving.load();
    network.holdNext();
    await expect(saving.save({ done: ['a'] })).rejects.toMatchObject({ name: 'TimeoutError' });
    await network.letGo();
    expect(await saving.load()).toEqual({ done: ['a'] });
    await saving.save({ done: ['a', 'b'] });
  });

  test('counts it as saved where a second attempt finds what the first has written', async () => {
    const { network, checkpointOf } = prepare(2);
    const saving = checkpointOf(1n);
    await saving.load();
    network.loseNextAnswer();
    await saving.save({ done: ['a'] });
    await saving.save({ done: ['a', 'b'] });
    expect(await saving.load()).toEqual({ done: ['a', 'b'] });
  });

  test('keeps later saves where the first attempt lands after them', async () => {
    const { network, checkpointOf } = prepare(2);
    const saving = checkpointOf(1n);
    await saving.load();
    network.holdNext();
    await saving.save({ done: ['a'] });
    await saving.save({ done: ['a', 'b'] });
    await network.letGo();
    expect(await checkpointOf(2n).load()).toEqual({ done: ['a', 'b'] });
  });

  test('refuses a save beside another object of the same term, and changes nothing', async () => {
    const { checkpointOf } = prepare(1);
    const [one, other] = [checkpointOf(1n), checkpointOf(1n)];
    await one.load();
    await other.load();
    await one.save({ done: ['one'] });
    await expect(other.save({ done: ['other'] })).rejects.toMatchObject({ code: 'UNSETTLED' });
    expect(await other.load()).toEqual({ done: ['one'] });
    await other.save({ done: ['one', 'other'] });
  });

  test('keeps the order of saves that no caller waited for', async () => {
    const { checkpointOf } = prepare(1);
    const saving = checkpointOf(1n);
    await saving.load();
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map((_, at) => saving.save({ done: names.slice(0, at + 1) })));
    expect(await saving.load()).toEqual({ done: names });
  });

  test('takes over a state that was saved without an id', async () => {
    const { key, checkpointOf } = prepare(1);
    const state = { checkpoint: { S: '{"done":["old"]}' }, schemaVersion: { N: '1' } };
    const Item = { ...key, ...state };
    await table.client.send(new PutItemCommand({ TableName: table.tableName, Item }));
    const saving = checkpointOf(1n);
    expect(await saving.load()).toEqual({ done: ['old'] });
    await saving.save({ done: ['old', 'new'] });
    expect(await checkpointOf(2n).load()).toEqual({ done: ['old', 'new'] });
  });
});
