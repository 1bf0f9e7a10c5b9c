/**
 * A group's rows in the lease table: one attempt per call, each with a deadline, none retried here.
 *
 * Decides how reads and writes look on the wire; `partition-records.ts` does so for records.
 * `core/group` decides what they mean, and `conditions.ts` what each write demands.
 */
import {
  type ConditionalCheckFailedException,
  GetItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { MemberRow, PlanHead } from '../../core/group/rows.ts';
import type {
  GroupOutcome,
  GroupRead,
  GroupSighting,
  GroupWrite,
} from '../../core/group/writes.ts';
import { MalformedDataError } from '../../errors.ts';
import type { GroupStore } from '../../group-ports.ts';
import { isConditionFailure } from '../election/answers.ts';
import { inOwnNames, keyItem, namesOf } from '../table/attribute-names.ts';
import type { Item } from '../table/attribute-reader.ts';
import { recordReference } from '../table/record-reference.ts';
import {
  bodyKeyOf,
  groupKeyOf,
  HEAD_SORT_KEY,
  type Key,
  LOAD_PREFIX,
  MEMBER_PREFIX,
  recordKeyOf,
} from '../table/schema.ts';
import { groupExpressionOf } from './conditions.ts';
import { type GroupPlace, unknownOf } from './group-place.ts';
import { readRecords, writeRecords } from './partition-records.ts';
import { decodePlan } from './stored-plan.ts';
import { decodeHead, decodeLoad, decodeMember, groupValuesOf } from './stored-rows.ts';

/**
 * The store of one group in a table. Its calls answer with outcomes and throw for nothing that DynamoDB
 * says.
 */
export function createGroupStore(options: GroupPlace): GroupStore {
  const { client, tableName, group, attributeNames } = options;
  const region = () => client.config.region();
  return {
    read: (read, { signal }) =>
      sightingOf(options, read, signal).catch((error) => unknownOf(options, error)),

    async write(write, { signal: abortSignal }) {
      try {
        const { Attributes } = await client.send(commandOf(options, write), { abortSignal });
        return { kind: 'granted', row: Attributes && rowOf(options, write, Attributes) };
      } catch (error) {
        return refusalOf(options, write, error) ?? unknownOf(options, error);
      }
    },

    writeRecords: (writes, { signal }) => writeRecords(options, writes, signal),

    reference: (partition) =>
      recordReference({ tableName, key: recordKeyOf(group, partition), attributeNames, region }),
  };
}

async function sightingOf(
  options: GroupPlace,
  read: GroupRead,
  abortSignal: AbortSignal,
): Promise<GroupSighting> {
  const { group } = options;
  switch (read.kind) {
    case 'head': {
      const item = await get(options, headKeyOf(group), read.strong, abortSignal);
      return { kind: 'head', head: item && decodeHead(group, item) };
    }
    case 'body': {
      const item = await get(options, bodyKeyOf(group, read.body), true, abortSignal);
      try {
        return { kind: 'body', plan: item && decodePlan(group, item) };
      } catch (malformed) {
        return { kind: 'body', malformed };
      }
    }
    case 'member': {
      const key = memberKeyOf(group, read.memberId);
      const item = await get(options, key, read.strong, abortSignal);
      return { kind: 'member', row: item && decodeMember(read.memberId, item) };
    }
    case 'roster':
      return rosterOf(options, abortSignal);
    case 'records': {
      const records = await readRecords(options, read.partitions, abortSignal);
      return { kind: 'records', records };
    }
  }
}

async function get(
  { client, tableName, attributeNames }: GroupPlace,
  key: Key,
  ConsistentRead: boolean,
  abortSignal: AbortSignal,
): Promise<Item | undefined> {
  const Key = keyItem(key, attributeNames);
  const command = new GetItemCommand({ TableName: tableName, Key, ConsistentRead });
  return (await client.send(command, { abortSignal })).Item;
}

/** A row that does not parse is left out. One foreign row must not keep a group from planning. */
async function rosterOf(
  { client, tableName, group, attributeNames }: GroupPlace,
  abortSignal: AbortSignal,
): Promise<GroupSighting> {
  const query = {
    TableName: tableName,
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: namesOf('#pk', attributeNames),
    ExpressionAttributeValues: { ':pk': { S: groupKeyOf(group) } },
    ConsistentRead: true,
  };
  const items: Item[] = [];
  for await (const { Items = [] } of paginateQuery({ client }, query, { abortSignal }))
    items.push(...Items.map((item) => inOwnNames(item, attributeNames)));
  return {
    kind: 'roster',
    members: under(items, MEMBER_PREFIX).flatMap(([id, item]) =>
      sound(() => decodeMember(id, item)),
    ),
    loads: under(items, LOAD_PREFIX).map(([id, item]) => decodeLoad(id, item)),
  };
}

function under(items: readonly Item[], prefix: string): readonly (readonly [string, Item])[] {
  return items
    .filter(({ sk }) => sk?.S?.startsWith(prefix))
    .map((item) => [item.sk?.S?.slice(prefix.length) ?? '', item]);
}

function sound<T>(decode: () => T): readonly T[] {
  try {
    return [decode()];
  } catch (error) {
    if (error instanceof MalformedDataError) return [];
    throw error;
  }
}

const headKeyOf = (group: string): Key => ({ pk: groupKeyOf(group), sk: HEAD_SORT_KEY });

function memberKeyOf(group: string, memberId: string): Key {
  return { pk: groupKeyOf(group), sk: `${MEMBER_PREFIX}${memberId}` };
}

function keyOf(group: string, write: GroupWrite): Key {
  switch (write.kind) {
    case 'create-group':
    case 'claim':
    case 'write-plan':
    case 'call-attention':
      return headKeyOf(group);
    case 'write-body':
    case 'expire-body':
      return bodyKeyOf(group, write.body);
    case 'join':
    case 'heartbeat':
    case 'end-member':
    case 'ask-to-leave':
      return memberKeyOf(group, write.memberId);
    case 'write-load':
      return { pk: groupKeyOf(group), sk: `${LOAD_PREFIX}${write.memberId}` };
  }
}

function commandOf(place: GroupPlace, write: GroupWrite): UpdateItemCommand {
  const { tableName, group, attributeNames } = place;
  const { condition, update } = groupExpressionOf(write);
  return new UpdateItemCommand({
    TableName: tableName,
    Key: keyItem(keyOf(group, write), attributeNames),
    ...(condition === '' ? {} : { ConditionExpression: condition }),
    UpdateExpression: update,
    ExpressionAttributeNames: namesOf(`${condition} ${update}`, attributeNames),
    ExpressionAttributeValues: groupValuesOf(write, Date.now()),
    // A heartbeat tells its member of an operator's wish.
    ReturnValues: write.kind === 'heartbeat' ? 'ALL_NEW' : 'NONE',
    // The old row tells a lost answer from a lost lease, without another read. A body would return
    // 20 KB.
    ReturnValuesOnConditionCheckFailure: write.kind === 'write-body' ? 'NONE' : 'ALL_OLD',
  });
}

function rowOf(
  { group }: GroupPlace,
  write: GroupWrite,
  item: Item,
): PlanHead | MemberRow | undefined {
  switch (write.kind) {
    case 'create-group':
    case 'claim':
    case 'write-plan':
    case 'call-attention':
      return decodeHead(group, item);
    case 'join':
    case 'heartbeat':
    case 'end-member':
    case 'ask-to-leave':
      return decodeMember(write.memberId, item);
    case 'write-body':
    case 'expire-body':
    case 'write-load':
      return undefined;
  }
}

/** The refusal that a failed condition is; `undefined` where the error is something else. */
function refusalOf(
  options: GroupPlace,
  write: GroupWrite,
  error: unknown,
): GroupOutcome | undefined {
  if (!isConditionFailure(error)) return undefined;
  const { Item: item } = error as ConditionalCheckFailedException;
  try {
    return { kind: 'refused', row: item && rowOf(options, write, item) };
  } catch (cause) {
    return { kind: 'unknown', cause, permanent: true };
  }
}
