/**
 * The records of a group's partitions on the wire: 100 in a read, 25 in a write.
 *
 * Assumes of `BatchExecuteStatement` that each statement is applied on its own, and that the
 * answers have the order of the statements. A record that a batch left unread or throttled is
 * `unknown` for that partition alone.
 */
import {
  BatchExecuteStatementCommand,
  BatchGetItemCommand,
  type BatchStatementResponse,
  type ConditionalCheckFailedException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { PartitionRecord } from '../../core/group/rows.ts';
import type { RecordOutcome, RecordWrite, Unknown } from '../../core/group/writes.ts';
import { exceptionOf, updateStatement } from '../batching/statement.ts';
import { isConditionFailure } from '../election/answers.ts';
import { inOwnNames, keyItem, namesOf } from '../table/attribute-names.ts';
import type { Item } from '../table/attribute-reader.ts';
import { recordKeyOf } from '../table/schema.ts';
import { recordExpressionOf } from './conditions.ts';
import { type GroupPlace, unknownOf } from './group-place.ts';
import { decodePartition, recordValuesOf } from './stored-rows.ts';

type FoundRecord = PartitionRecord | Unknown | undefined;

export async function readRecords(
  options: GroupPlace,
  partitions: readonly number[],
  abortSignal: AbortSignal,
): Promise<readonly FoundRecord[]> {
  const { client, tableName, group, attributeNames } = options;
  const sortKeyIn = (item: Item) => inOwnNames(item, attributeNames).sk?.S;
  const Keys = partitions.map((partition) =>
    keyItem(recordKeyOf(group, partition), attributeNames),
  );
  const command = new BatchGetItemCommand({
    RequestItems: { [tableName]: { Keys, ConsistentRead: true } },
  });
  const { Responses = {}, UnprocessedKeys = {} } = await client.send(command, { abortSignal });
  const bySortKey = new Map((Responses[tableName] ?? []).map((item) => [sortKeyIn(item), item]));
  const left = new Set(UnprocessedKeys[tableName]?.Keys?.map(sortKeyIn));
  return partitions.map((partition) => {
    const { sk } = recordKeyOf(group, partition);
    if (left.has(sk)) return unknownOf(options, new Error('left unread, as throttled reads are'));
    return found(options, partition, bySortKey.get(sk));
  });
}

function found(options: GroupPlace, partition: number, item: Item | undefined): FoundRecord {
  try {
    return item && decodePartition(partition, item);
  } catch (error) {
    return unknownOf(options, error);
  }
}

/** A seed needs an absent row, which no statement can demand. A single write needs no batch. */
export async function writeRecords(
  options: GroupPlace,
  writes: readonly RecordWrite[],
  signal: AbortSignal,
): Promise<readonly RecordOutcome[]> {
  const single =
    writes.length < 2 || writes.some(({ kind }) => kind === 'seed' || kind === 'reseed');
  if (single) return Promise.all(writes.map((write) => writeOne(options, write, signal)));
  try {
    const command = new BatchExecuteStatementCommand({
      Statements: writes.map((write) => {
        const { condition, update } = recordExpressionOf(write);
        const key = recordKeyOf(options.group, write.partition);
        const values = recordValuesOf(write);
        return updateStatement({ ...options, key, condition, update, values });
      }),
    });
    const { Responses = [] } = await options.client.send(command, { abortSignal: signal });
    return writes.map((write, index) => outcomeOf(options, write, Responses[index]));
  } catch (error) {
    return writes.map(() => unknownOf(options, error));
  }
}

async function writeOne(
  options: GroupPlace,
  write: RecordWrite,
  abortSignal: AbortSignal,
): Promise<RecordOutcome> {
  const { condition, update } = recordExpressionOf(write);
  const command = new UpdateItemCommand({
    TableName: options.tableName,
    Key: keyItem(recordKeyOf(options.group, write.partition), options.attributeNames),
    ConditionExpression: condition,
    UpdateExpression: update,
    ExpressionAttributeNames: namesOf(`${condition} ${update}`, options.attributeNames),
    ExpressionAttributeValues: recordValuesOf(write),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await options.client.send(command, { abortSignal });
    return { kind: 'granted' };
  } catch (error) {
    if (!isConditionFailure(error)) return unknownOf(options, error);
    return refused(options, write, (error as ConditionalCheckFailedException).Item);
  }
}

/** What the batch's answer says about one statement. An answer that is missing is `unknown`. */
function outcomeOf(
  options: GroupPlace,
  write: RecordWrite,
  answer: BatchStatementResponse = { Error: { Message: 'no answer in the batch' } as never },
): RecordOutcome {
  const { Error: problem } = answer;
  if (problem === undefined) return { kind: 'granted' };
  if (problem.Code !== 'ConditionalCheckFailed') return unknownOf(options, exceptionOf(problem));
  return refused(options, write, problem.Item);
}

function refused(
  options: GroupPlace,
  { partition }: RecordWrite,
  item: Item | undefined,
): RecordOutcome {
  const row = found(options, partition, item);
  return row !== undefined && 'kind' in row ? row : { kind: 'refused', row };
}
