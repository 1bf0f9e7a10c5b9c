/** Generated updates on DynamoDB Local have the same effect and answer with a fence as without one. */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type ReturnValue,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fenced } from '../../../lib/dynamodb/fence/fenced-write.ts';
import type { RowKey } from '../../support/dynamodb.ts';
import { termOf } from '../../support/fencing-term.ts';
import { tableOfFile } from '../../support/table-of-file.ts';

const { client, tableName: TableName, freshKey } = await tableOfFile();
type Row = Record<string, AttributeValue>;

const NAMES: Record<string, string> = { '#set': 'set', '#tenureFence': 'c' };
const VALUES: Row = { ':n': { N: '3' }, ':l': { L: [{ S: 'x' }] }, ':s': { SS: ['y'] } };

/** Each clause writes attributes of its own, so that no two paths overlap. */
const clauses = fc.record({
  SET: fc.subarray([
    'a = :n',
    '#set = if_not_exists(#set, :n)',
    'l = list_append(if_not_exists(l, :l), :l)',
    '#tenureFence=:n',
  ]),
  REMOVE: fc.subarray(['b', 'm.x', 'gone']),
  ADD: fc.subarray(['n :n', 's :s']),
  DELETE: fc.subarray(['t :s']),
});
const expression = fc
  .tuple(
    clauses,
    fc.shuffledSubarray(['SET', 'REMOVE', 'ADD', 'DELETE'] as const, { minLength: 4 }),
  )
  .chain(([parts, order]) =>
    fc.boolean().map((isLower) => {
      const used = order.filter((clause) => parts[clause].length > 0);
      const written = used.map((clause) => {
        const keyword = isLower ? clause.toLowerCase() : clause;
        return `${keyword} ${parts[clause].join(', ')}`;
      });
      return written.length === 0 ? undefined : written.join(' ');
    }),
  );

function updateOf(key: RowKey, text: string | undefined, ReturnValues: ReturnValue) {
  const used = <T>(map: Record<string, T>) => {
    const entries = Object.entries(map).filter(([name]) => text?.includes(name));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  return new UpdateItemCommand({
    TableName,
    Key: key,
    UpdateExpression: text,
    ExpressionAttributeNames: used(NAMES),
    ExpressionAttributeValues: used(VALUES),
    ReturnValues,
  });
}

async function outcomeOf(
  sender: DynamoDBClient,
  before: string,
  text: string | undefined,
  returned: ReturnValue,
) {
  const key = freshKey();
  const row: Row = {
    b: { S: 'b' },
    n: { N: '1' },
    m: { M: { x: { S: 'x' } } },
    t: { SS: ['y', 'z'] },
  };
  if (before !== 'absent')
    await sender.send(new PutItemCommand({ TableName, Item: { ...key, ...row } }));
  if (before === 'deleted') await sender.send(new DeleteItemCommand({ TableName, Key: key }));
  const answer = await sender.send(updateOf(key, text, returned)).then(
    ({ Attributes }) => withoutKey(Attributes) ?? 'nothing',
    (error: Error) => error.name,
  );
  const { Item } = await sender.send(
    new GetItemCommand({ TableName, Key: key, ConsistentRead: true }),
  );
  return { answer, row: withoutKey(Item) };
}

function withoutKey(row: Row | undefined): Row | undefined {
  const { pk: _, sk: __, ...rest } = row ?? {};
  return row && rest;
}

test('an update does and returns with the fence what it does and returns without', async () => {
  let changed = 0;
  await fc.assert(
    fc.asyncProperty(
      expression,
      fc.constantFrom('absent', 'row', 'deleted'),
      fc.constantFrom<ReturnValue>('NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'),
      async (text, before, returned) => {
        const plain = await outcomeOf(client, before, text, returned);
        const stamped = await outcomeOf(fenced(client, termOf(2n)), before, text, returned);
        expect(stamped).toEqual(plain);
        if (typeof plain.answer !== 'string') changed += 1;
      },
    ),
    { numRuns: 150 },
  );
  expect(changed).toBeGreaterThan(30);
});
